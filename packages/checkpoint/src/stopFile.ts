import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readVersionedJson } from '@milepost/shared/versioned';
import { z } from 'zod';
import { replaceFile } from './durable.ts';
import { attemptIfThere } from './fileError.ts';
import type { JobPaths } from './paths.ts';

/** `stop.json`: a person asks a run to end. It counts for that run only. */
const stopRecordSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  /** True: end the running batches too; false: finish and commit them first. */
  now: z.boolean(),
  at: z.string(),
});
export type StopRecord = z.infer<typeof stopRecordSchema>;

const stopPath = (paths: JobPaths) => join(paths.meta, 'stop.json');

/** Asks a run to end; its agent looks for this while it runs. */
export async function requestStop(paths: JobPaths, record: Omit<StopRecord, 'version'>): Promise<void> {
  await replaceFile(stopPath(paths), `${JSON.stringify({ version: 1, ...record })}\n`, { mode: 0o600 });
}

/** What was asked of the run with this ID; undefined: nothing. */
export async function readStop(paths: JobPaths, runId: string): Promise<StopRecord | undefined> {
  const path = stopPath(paths);
  const text = await attemptIfThere('read', path, () => readFile(path, 'utf8'));
  const read = text === undefined ? undefined : readVersionedJson(stopRecordSchema, text);
  return read?.kind === 'ok' && read.value.runId === runId ? read.value : undefined;
}

/** Takes an answered request away. */
export async function clearStop(paths: JobPaths): Promise<void> {
  await rm(stopPath(paths), { force: true });
}
