import { jobIdSchema, type RegistryEntry, registryEntrySchema } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { readVersionedJson } from '@milepost/shared/versioned';
import { z } from 'zod';
import type { HostConnection, StatAnswer } from './hostConnection.ts';
import { inParallel } from './parallel.ts';
import type { Problem } from './view.ts';
import { createWatchedFile, type WatchedFile } from './watchedFile.ts';

/** A job as the host's registry names it. */
export interface RegisteredJob {
  id: string;
  name: string;
  dir: string;
  kind: RegistryEntry['kind'];
}

export interface Registry {
  jobs: RegisteredJob[];
  problem: Problem | null;
}

const MAX_NAMES = 5000;
const MAX_JOBS = 1000;
const MAX_ENTRY_BYTES = 16 * 1024;
const CAPS = { wholeBytes: MAX_ENTRY_BYTES, headBytes: 0, tailBytes: 0 };
const AT_ONCE = 32;

/** Reads the entries of a registry's folder: again only when the folder changed, and once more at the poll after. */
export function createRegistryReader(): {
  /** `stat` is of the folder, made just now. */
  update(connection: HostConnection, folder: string, stat: StatAnswer, steady: number): Promise<Registry>;
} {
  let seen: { folder: string; mtimeSeconds: number } | null = null;
  let readAgain = false;
  let registry: Registry = { jobs: [], problem: null };
  const files = new Map<string, WatchedFile>();

  return {
    async update(connection, folder, stat, steady) {
      if (stat.kind !== 'folder') {
        seen = null;
        registry = {
          jobs: [],
          // No folder: no job was ever started there.
          problem:
            stat.kind === 'missing'
              ? null
              : problemOf(`Its list of jobs (${cleanText(folder)}) can't be read.`),
        };
        return registry;
      }
      const isChanged = seen?.folder !== folder || seen.mtimeSeconds !== stat.mtimeSeconds;
      if (!isChanged && !readAgain) return registry;
      registry = await readEntries(connection, folder, files, steady);
      seen = { folder, mtimeSeconds: stat.mtimeSeconds };
      readAgain = isChanged;
      return registry;
    },
  };
}

async function readEntries(
  connection: HostConnection,
  folder: string,
  files: Map<string, WatchedFile>,
  steady: number,
): Promise<Registry> {
  const list = await connection.readdir(folder, MAX_NAMES);
  if (list.kind !== 'list') {
    return { jobs: [], problem: problemOf(`Its list of jobs (${cleanText(folder)}) can't be read.`) };
  }
  const ids = list.names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((id) => jobIdSchema.safeParse(id).success)
    .sort();
  const kept = ids.slice(0, MAX_JOBS);
  let problem: Problem | null =
    list.cut || ids.length > kept.length
      ? problemOf(
          `Only the first ${MAX_JOBS} of its jobs are shown.`,
          'Take old ones out with “milepost forget”.',
        )
      : null;
  const paths = new Set(kept.map((id) => `${folder}/${id}.json`));
  for (const path of files.keys()) if (!paths.has(path)) files.delete(path);
  const jobs = await inParallel(kept, AT_ONCE, async (id): Promise<RegisteredJob | null> => {
    const path = `${folder}/${id}.json`;
    const file = files.get(path) ?? createWatchedFile(path, CAPS);
    files.set(path, file);
    const content = await file.update(connection, await connection.stat(path), steady);
    if (content.kind !== 'content' || content.size > MAX_ENTRY_BYTES) {
      if (content.kind !== 'missing')
        problem ??= problemOf(`The entry ${id}.json in its list of jobs can't be read.`);
      return null;
    }
    const parsed = parseEntry(content.head.toString('utf8'), id);
    if (parsed.problem !== null) problem ??= parsed.problem;
    return parsed.job;
  });
  return { jobs: jobs.filter((job) => job !== null), problem };
}

/** Enough of an entry, whatever its version, to show the job's PROGRESS.txt. */
const looseEntrySchema = z.object({ id: jobIdSchema, name: z.string(), dir: z.string().startsWith('/') });

/** One entry of the registry, whose file is named `ID.json`. */
export function parseEntry(text: string, id: string): { job: RegisteredJob | null; problem: Problem | null } {
  const read = readVersionedJson(registryEntrySchema, text);
  if (read.kind === 'ok') {
    if (read.value.id !== id) {
      return {
        job: null,
        problem: problemOf(`The entry ${id}.json in its list of jobs is of another job.`),
      };
    }
    const { name, dir, kind } = read.value;
    return { job: { id, name: cleanText(name) || id, dir, kind }, problem: null };
  }
  const problem = problemOf(`The entry ${id}.json in its list of jobs: ${read.reason}.`);
  if (read.kind === 'damaged') return { job: null, problem };
  const loose = looseEntrySchema.safeParse(JSON.parse(text));
  if (!loose.success || loose.data.id !== id) return { job: null, problem };
  const { name, dir } = loose.data;
  return { job: { id, name: cleanText(name) || id, dir, kind: 'batched' }, problem };
}

function problemOf(what: string, next: string | null = null): Problem {
  return { kind: 'registry', what: cleanText(what, 300), next };
}
