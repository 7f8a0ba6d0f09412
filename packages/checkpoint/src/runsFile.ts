import { stat } from 'node:fs/promises';
import { runRecordSchema } from '@milepost/shared/job';
import { type LastRun, lastRun } from '@milepost/shared/runs';
import { attemptIfThere } from './fileError.ts';
import type { JobPaths } from './paths.ts';
import { readRecordFile } from './recordFile.ts';

/** The runs of a job: how many, and how the last one stands by its records. */
export interface RunHistory {
  starts: number;
  last: LastRun | null;
  newer: string | null;
  /** What is wrong with the file, so that runs may be missing; null: nothing. */
  damage: string | null;
}

/** Reads runs.jsonl. Whether a run without an end still lives is for the processes to tell, not for the file. */
export async function readRuns(paths: JobPaths): Promise<RunHistory> {
  const { records, newer, damaged } = await readRecordFile(paths.runs, runRecordSchema);
  // A job is made with an empty file: one that is not there was removed.
  const gone = (await attemptIfThere('look at', paths.runs, () => stat(paths.runs))) === undefined;
  const damage = gone
    ? 'it is gone'
    : damaged.length > 0
      ? `${damaged.length} of its lines do not count`
      : null;
  return { ...lastRun(records), newer, damage };
}
