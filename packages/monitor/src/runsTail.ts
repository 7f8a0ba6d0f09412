import { type RunRecord, runRecordSchema } from '@milepost/shared/job';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import { type LastRun, lastRun } from '@milepost/shared/runs';
import { readVersioned } from '@milepost/shared/versioned';

/** An agent's lines are a tenth of this. */
const MAX_LINE = 4 * 1024;

/**
 * Reads the last run off the end of a `runs.jsonl`. `isWhole` is false where the text begins in the middle of a line.
 * A torn last line, an altered, a foreign or an overlong one, and those of newer versions are passed over.
 */
export function readLastRun(text: string, isWhole: boolean): LastRun | null {
  const lines = text.split('\n');
  // What stands behind the last newline is not written to its end yet.
  lines.pop();
  if (!isWhole) lines.shift();
  const records: RunRecord[] = [];
  for (const line of lines) {
    if (line.length > MAX_LINE) continue;
    const read = readVersioned(runRecordSchema, decodeRecordLine(line));
    if (read.kind === 'ok') records.push(read.value);
  }
  return lastRun(records).last;
}
