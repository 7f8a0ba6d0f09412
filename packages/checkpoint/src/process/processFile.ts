import { readFile } from 'node:fs/promises';
import { type ProcessRecord, processRecordSchema } from '@milepost/shared/processRecord';
import { type ReadRecord, readVersionedJson } from '@milepost/shared/versioned';
import { replaceFile } from '../durable.ts';
import { attemptIfThere } from '../fileError.ts';
import type { JobPaths } from '../paths.ts';

/** Of a job that has not run yet, or whose record does not count. */
export const NOTHING_KNOWN: ProcessRecord = { version: 1, reading: null, checkpoints: [], tries: [] };

/** What is known of a job of one process; nothing of a new one. */
export async function readProcessRecord(paths: JobPaths): Promise<ReadRecord<ProcessRecord>> {
  const text = await attemptIfThere('read', paths.process, () => readFile(paths.process, 'utf8'));
  if (text === undefined) return { kind: 'ok', value: NOTHING_KNOWN };
  return readVersionedJson(processRecordSchema, text);
}

/** Only the holder of the lock may call this. */
export async function writeProcessRecord(paths: JobPaths, record: ProcessRecord): Promise<void> {
  await replaceFile(paths.process, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}
