import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { clearScratch, findJob } from '@milepost/checkpoint/jobFolder';
import { type JobPaths, jobPaths } from '@milepost/checkpoint/paths';
import { freeId, readRegistry } from '@milepost/checkpoint/registry';
import type { JobRecord } from '@milepost/shared/job';

/**
 * The folder that a job's folder is a copy of: another one of this host's list that still holds the very same job.
 * Null: there is none; where the listed one is gone, this one was moved, and where both are one, it has two paths.
 */
export async function originalOf(record: JobRecord, dir: string): Promise<string | null> {
  for (const entry of (await readRegistry()).entries) {
    if (entry.uid !== record.uid || entry.dir === dir) continue;
    const there = await findJob(entry.dir).catch(() => null);
    if (there?.kind !== 'ok' || there.value.uid !== record.uid) continue;
    if (!(await isSameFolder(jobPaths(entry.dir).meta, jobPaths(dir).meta))) return entry.dir;
  }
  return null;
}

/**
 * What a copy is called from here on. It may not keep the original's mark: by that, and by the pids that were copied
 * along, its resume would find the original's running batches and end them as left behind by a killed run.
 */
export async function separateCopy(paths: JobPaths, record: JobRecord): Promise<JobRecord> {
  await clearScratch(paths);
  return { ...record, uid: randomUUID(), id: await freeId(record.name, paths.dir) };
}

async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map((path) => attemptIfThere('look at', path, () => stat(path))),
  );
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
