import { basename, dirname, join } from 'node:path/posix';
import { jobIdSchema } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { HostConnection } from './hostConnection.ts';
import { pathKey } from './pathWatches.ts';
import type { JobReading, JobSource } from './reading.ts';
import { createWatchedJob, type WatchedJob } from './watchedJob.ts';

const JOB_JSON_CAPS = { wholeBytes: 1024 * 1024, headBytes: 0, tailBytes: 0 };

/** Enough of a job.json of any version to name the job. */
const namedJobSchema = z.object({
  id: jobIdSchema,
  name: z.string(),
  kind: z.enum(['batched', 'process']).optional().catch(undefined),
});
type NamedJob = z.infer<typeof namedJobSchema>;

/** What a path that the person gave turned out to be. */
export type FoundPath =
  /** `dir` is the folder of an agent's job, else null; `folder` is where the file lies. */
  | { kind: 'job'; job: WatchedJob; dir: string | null; folder: string }
  /** Nothing there that can be watched, yet. */
  | { kind: 'nothing'; reading: JobReading };

export interface PathFinder {
  /** Looks again until something is there; the path itself may appear later. */
  find(connection: HostConnection, home: string): Promise<FoundPath>;
}

/** A PROGRESS.txt or a job's folder on a host, given by path: absolute, or from the account's home. */
export function createPathFinder(hostId: string, given: string, clock: Clock): PathFinder {
  let found: Extract<FoundPath, { kind: 'job' }> | null = null;
  const source = (name: string, id: string | null, path: string): JobSource => ({
    key: pathKey(hostId, given),
    id,
    name: cleanText(name) || cleanText(given),
    path,
  });

  return {
    async find(connection, home) {
      if (found !== null) return found;
      const path = absolute(given, home);
      const stat = await connection.stat(path);
      if (stat.kind !== 'file' && stat.kind !== 'folder') {
        const file =
          stat.kind === 'missing'
            ? { kind: 'missing' as const, reason: 'there is nothing at this path' }
            : { kind: 'unreadable' as const, reason: 'it can’t be read at this path' };
        return {
          kind: 'nothing',
          reading: {
            source: source(basename(path), null, path),
            file,
            run: null,
            records: null,
            isAgents: false,
          },
        };
      }
      const folder = stat.kind === 'folder' ? path : dirname(path);
      const progressPath = stat.kind === 'folder' ? join(path, 'PROGRESS.txt') : path;
      const isJobs = basename(progressPath) === 'PROGRESS.txt';
      const named = isJobs ? await readJobJson(connection, folder) : null;
      const dir = named === null ? null : folder;
      const name = named?.name ?? nameOfPath(progressPath);
      found = {
        kind: 'job',
        dir,
        folder,
        job: createWatchedJob({
          source: {
            ...source(name, named?.id ?? null, path),
            ...(named?.kind === undefined ? {} : { kind: named.kind }),
          },
          progressPath,
          dir,
          argument: dir,
          clock,
        }),
      };
      return found;
    },
  };
}

/** A script's PROGRESS.txt is known by its folder. */
function nameOfPath(path: string): string {
  return basename(path) === 'PROGRESS.txt' ? basename(dirname(path)) : basename(path);
}

function absolute(path: string, home: string): string {
  if (path.startsWith('/')) return path;
  return join(home, path === '~' || path.startsWith('~/') ? `.${path.slice(1)}` : path);
}

async function readJobJson(connection: HostConnection, dir: string): Promise<NamedJob | null> {
  const path = `${dir}/.milepost/job.json`;
  const stat = await connection.stat(path);
  if (stat.kind !== 'file') return null;
  const read = await connection.readFile(path, JOB_JSON_CAPS);
  if (read.kind !== 'read') return null;
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(read.head).toString('utf8'));
  } catch {
    return null;
  }
  const parsed = namedJobSchema.safeParse(raw);
  return parsed.success ? parsed.data : null;
}
