import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type JobRecord, jobRecordSchema } from '@milepost/shared/job';
import { type ReadRecord, readVersionedJson } from '@milepost/shared/versioned';
import { type Adoptable, adoptFiles } from './adopt.ts';
import { makeFolder, makeFolderIn, replaceFile, syncFolder } from './durable.ts';
import { attempt, attemptIfThere, errorCode } from './fileError.ts';
import { type Lock, type LockOwner, takeLock } from './lock.ts';
import { isCheckpointName, type JobPaths, jobPaths, META } from './paths.ts';

/** Freed when the disk is full, so that the last records can be written. */
export const RESERVE_BYTES = 64 * 1024;

export type FoundJob = { kind: 'none' } | ReadRecord<JobRecord>;

const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** The job that `dir` holds. Its records are there whole or not at all. */
export async function findJob(dir: string): Promise<FoundJob> {
  const paths = jobPaths(dir);
  if ((await attemptIfThere('look at', paths.meta, () => stat(paths.meta))) === undefined) {
    return { kind: 'none' };
  }
  const text = await readSmallFile(paths.job);
  if (text === undefined) return { kind: 'damaged', reason: 'it is gone' };
  return readVersionedJson(jobRecordSchema, text);
}

async function readSmallFile(path: string): Promise<string | undefined> {
  return attemptIfThere('read', path, async () => {
    const handle = await open(path, 'r');
    try {
      if ((await handle.stat()).size > MAX_RECORD_BYTES) throw new Error('it is too large to be a record');
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  });
}

/** Names in `dir` that only checkpoints have; a folder that isn't there has none. */
export async function checkpointFilesIn(dir: string): Promise<string[]> {
  const names = await attemptIfThere('list', dir, () => readdir(dir));
  return (names ?? []).filter(isCheckpointName).sort();
}

export type CreatedJob =
  | { kind: 'created'; paths: JobPaths; lock: Lock }
  /** Another agent made a job there in the meantime. */
  | { kind: 'taken' }
  | { kind: 'unsupported'; reason: string };

/**
 * Makes the records of a new job in `dir` (made if it isn't there), already locked by this process: they are built
 * under another name and renamed into place, so the job is there whole or not at all, and is never there unowned.
 */
export async function createJob(
  dir: string,
  record: JobRecord,
  owner: Omit<LockOwner, 'version'>,
  /** Checkpoints that are in `dir` already and become this job's. */
  adopted: readonly Adoptable[] = [],
): Promise<CreatedJob> {
  await makeFolder(dir);
  const paths = jobPaths(dir);
  const building = await attempt('make a folder in', dir, () => mkdtemp(join(dir, `${META}.new-`)));
  const temporary = jobPaths(dir, building);
  let lock: Lock | undefined;
  try {
    await attempt('make', temporary.scratch, () => mkdir(temporary.scratch));
    await attempt('make', temporary.orphans, () => mkdir(temporary.orphans));
    await replaceFile(temporary.job, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    await replaceFile(temporary.ledger, '', { mode: 0o600 });
    await adoptFiles(temporary, adopted, record.createdAt);
    // Its age tells how long the job has been waiting for its first run: so behind what may take minutes.
    await replaceFile(temporary.runs, '', { mode: 0o600 });
    await writeReserve(temporary);
    const taken = await takeLock(temporary.lock, owner);
    if (taken.kind === 'held') return { kind: 'taken' };
    if (taken.kind === 'unsupported') return taken;
    lock = taken.lock;
    await syncFolder(building);
    const made = await attempt('make', paths.meta, async () => {
      try {
        await rename(building, paths.meta);
        return true;
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
        throw error;
      }
    });
    if (!made) return { kind: 'taken' };
    await syncFolder(dir);
    const result: CreatedJob = { kind: 'created', paths, lock };
    lock = undefined;
    return result;
  } catch (error) {
    // Whoever was first clears away what others have half built: then this one came too late, and nothing is wrong.
    if ((await findJob(dir)).kind !== 'none') return { kind: 'taken' };
    throw error;
  } finally {
    await lock?.release();
    // Already renamed away where all went well.
    await rm(building, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Replaces job.json, for a resume that changes what was asked. Only the holder of the lock may call this. */
export async function rewriteJob(paths: JobPaths, record: JobRecord): Promise<void> {
  await replaceFile(paths.job, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

/** Empties scratch/: no attempt is under way, and nothing is known any more of those that were. */
export async function clearScratch(paths: JobPaths): Promise<void> {
  await attempt('clear', paths.scratch, async () => {
    await rm(paths.scratch, { recursive: true, force: true });
    await makeFolderIn(paths.scratch);
  });
}

/** Makes the reserve whole again where it was freed; where the disk has no room it stays away. */
export async function writeReserve(paths: JobPaths): Promise<void> {
  const there = await attemptIfThere('look at', paths.reserve, () => stat(paths.reserve));
  if (there?.size === RESERVE_BYTES) return;
  await replaceFile(paths.reserve, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
}

/** Gives the reserve's space back to the disk. Returns false where it was already given. */
export async function freeReserve(paths: JobPaths): Promise<boolean> {
  try {
    await rm(paths.reserve);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
