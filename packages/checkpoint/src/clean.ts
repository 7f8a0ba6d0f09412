import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { readVersionedJson } from '@milepost/shared/versioned';
import { z } from 'zod';
import { replaceFile, syncFolder } from './durable.ts';
import { attempt, attemptIfThere } from './fileError.ts';
import type { JobPaths } from './paths.ts';

/** `cleaned.json`: the checkpoints were removed by a person, since the merged result holds all of them. */
const cleanedRecordSchema = z.object({ version: z.literal(1), at: z.string() });

const cleanedPath = (paths: JobPaths) => join(paths.meta, 'cleaned.json');

/** Whether the job's checkpoints were removed on purpose: then one that is gone is no damage. */
export async function isCleaned(paths: JobPaths): Promise<boolean> {
  const path = cleanedPath(paths);
  const text = await attemptIfThere('read', path, () => readFile(path, 'utf8'));
  return text !== undefined && readVersionedJson(cleanedRecordSchema, text).kind === 'ok';
}

/** The checkpoints that are still there, and their size by the ledger. */
export async function remainingCheckpoints(
  paths: JobPaths,
  entries: readonly LedgerEntry[],
): Promise<{ files: string[]; bytes: number }> {
  const files: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const path = join(paths.dir, entry.file);
    if ((await attemptIfThere('look at', path, () => lstat(path))) === undefined) continue;
    files.push(entry.file);
    bytes += entry.bytes;
  }
  return { files, bytes };
}

/**
 * Removes checkpoints of a job whose merged result was verified; that this was meant is noted first, so that a crash in
 * between leaves no damage. The caller holds the lock.
 */
export async function removeCheckpoints(
  paths: JobPaths,
  files: readonly string[],
  at: string,
): Promise<void> {
  await replaceFile(cleanedPath(paths), `${JSON.stringify({ version: 1, at })}\n`, { mode: 0o600 });
  for (const file of files) {
    const path = join(paths.dir, file);
    await attempt('remove', path, () => rm(path, { recursive: true, force: true }));
  }
  await syncFolder(paths.dir);
}
