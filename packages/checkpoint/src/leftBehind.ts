import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptIfThere } from './fileError.ts';
import { type JobPaths, META } from './paths.ts';

/** Beside PROGRESS.txt: records that a crash left half built, and what was to become the next PROGRESS.txt. */
const BESIDE = /^\.milepost\.new-|^\.PROGRESS\.txt\.\d+\.tmp$/;
/** Among the records: what only the holder of the job's lock writes. */
const HOLDERS =
  /^\.(?:job|process|merged|merging|cleaned)\.json\.\d+\.tmp$|^\.(?:reserve|runs\.jsonl)\.\d+\.tmp$/;
/** Among the records: what other commands write beside a run, such as `stop` and `merge --partial`. */
const OTHERS = /^\.stop\.json\.\d+\.tmp$|^partial-/;
/** None of those commands takes so long. */
const OTHERS_MS = 24 * 3_600_000;

/**
 * Removes what killed agents left half written in a job's folder. The caller holds the job's lock: so nobody writes what
 * only its holder writes, and whoever builds records for this folder will find that it was not the first.
 */
export async function removeLeftBehind(paths: JobPaths, now: Date): Promise<void> {
  for (const name of await namesIn(paths.dir))
    if (name !== META && BESIDE.test(name)) await remove(paths.dir, name);
  for (const name of await namesIn(paths.meta)) {
    if (HOLDERS.test(name)) await remove(paths.meta, name);
    else if (OTHERS.test(name) && (await ageMs(join(paths.meta, name), now)) > OTHERS_MS) {
      await remove(paths.meta, name);
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await attemptIfThere('list', folder, () => readdir(folder))) ?? [];
}

async function ageMs(path: string, now: Date): Promise<number> {
  const there = await attemptIfThere('look at', path, () => stat(path));
  return there === undefined ? 0 : now.getTime() - there.mtimeMs;
}

/** What can't be removed now is no harm, and is for the next run. */
async function remove(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
}
