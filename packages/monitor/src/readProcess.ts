import { type FoundCheckpoint, processRecordSchema } from '@milepost/shared/processRecord';
import { cleanText } from '@milepost/shared/text';
import { readVersionedJson } from '@milepost/shared/versioned';
import type { HostConnection } from './hostConnection.ts';

const CAPS = { wholeBytes: 1024 * 1024, headBytes: 0, tailBytes: 0 };

/**
 * The whole checkpoints that the agent has found of a program of its own, for show: their paths are never opened from
 * here. Empty for a job in batches, and where the record can't be read. Throws a LinkError.
 */
export async function readFoundCheckpoints(
  connection: HostConnection,
  dir: string,
): Promise<FoundCheckpoint[]> {
  const path = `${dir}/.milepost/process.json`;
  const stat = await connection.stat(path);
  const read = stat.kind === 'file' ? await connection.readFile(path, CAPS) : null;
  if (read?.kind !== 'read' || read.size > CAPS.wholeBytes) return [];
  const parsed = readVersionedJson(processRecordSchema, Buffer.from(read.head).toString('utf8'));
  if (parsed.kind !== 'ok') return [];
  return parsed.value.checkpoints.map((found) => ({ ...found, path: cleanText(found.path) }));
}
