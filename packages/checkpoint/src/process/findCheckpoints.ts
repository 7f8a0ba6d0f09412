import { createHash } from 'node:crypto';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { attempt, attemptIfThere } from '../fileError.ts';

/** A file or folder that a glob found, as it is at this moment. */
export interface Candidate {
  /** From the job's working folder, or absolute where the glob was. */
  path: string;
  /** Absolute, links resolved. */
  real: string;
  /** Of a folder: the files in it. */
  files: string[];
  bytes: number;
  /** When it, or the newest file in it, was last written to. */
  modifiedMs: number;
  /** Changes whenever the file, or one in the folder, does. */
  mark: string;
}

/** A folder that holds more is no checkpoint. */
const MOST_FILES = 10_000;
/** Of more candidates only the newest are looked at. */
const MOST_CANDIDATES = 1000;

/** What the globs find now, the newest first. Never throws for what comes and goes meanwhile. */
export async function findCandidates(globs: readonly string[], cwd: string): Promise<Candidate[]> {
  const paths = new Set<string>();
  for (const pattern of globs) {
    const found = await attempt('look for checkpoints in', cwd, () =>
      glob(expandHome(pattern), {
        cwd,
        onlyFiles: false,
        dot: true,
        expandDirectories: false,
        absolute: isAbsolute(expandHome(pattern)),
        followSymbolicLinks: false,
      }),
    );
    for (const path of found) paths.add(path.replace(/\/$/, ''));
  }
  const candidates: Candidate[] = [];
  for (const path of paths) {
    const candidate = await lookAt(path, cwd).catch(() => undefined);
    if (candidate !== undefined) candidates.push(candidate);
  }
  return candidates
    .sort((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? 1 : -1))
    .slice(0, MOST_CANDIDATES);
}

function expandHome(pattern: string): string {
  return pattern === '~' || pattern.startsWith('~/') ? join(homedir(), pattern.slice(1)) : pattern;
}

async function lookAt(path: string, cwd: string): Promise<Candidate | undefined> {
  const real = await realpath(resolve(cwd, path));
  const stat = await lstat(real, { bigint: true });
  if (stat.isFile()) {
    return {
      path,
      real,
      files: [real],
      bytes: Number(stat.size),
      modifiedMs: Number(stat.mtimeMs),
      mark: `${stat.ino}.${stat.size}.${stat.mtimeNs}`,
    };
  }
  return stat.isDirectory() ? folder(path, real) : undefined;
}

async function folder(path: string, real: string): Promise<Candidate | undefined> {
  const files: string[] = [];
  const marks: string[] = [];
  let bytes = 0;
  let modifiedMs = 0;
  const entries = await readdir(real, { recursive: true, withFileTypes: true });
  if (entries.length > MOST_FILES) return undefined;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const stat = await attemptIfThere('look at', file, () => lstat(file, { bigint: true }));
    if (stat === undefined) continue;
    files.push(file);
    bytes += Number(stat.size);
    modifiedMs = Math.max(modifiedMs, Number(stat.mtimeMs));
    marks.push(`${file}.${stat.ino}.${stat.size}.${stat.mtimeNs}`);
  }
  // An empty one has nothing in it yet.
  if (files.length === 0) return undefined;
  return {
    path,
    real,
    files,
    bytes,
    modifiedMs,
    mark: createHash('sha256').update(marks.sort().join('\n')).digest('hex'),
  };
}
