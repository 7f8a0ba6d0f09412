import { readFile } from 'node:fs/promises';
import type { RunOutcome } from '@milepost/shared/job';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { replaceFile } from './durable.ts';
import { attempt } from './fileError.ts';
import { freeReserve } from './jobFolder.ts';
import type { EndingState } from './keepRun.ts';
import type { JobPaths } from './paths.ts';
import type { ProgressFile } from './progressFile.ts';
import type { RecordAppender } from './recordFile.ts';

/** The records of the end: first runs.jsonl, then PROGRESS.txt. A full disk gives its reserve for them. */
export async function endRun(
  input: { paths: JobPaths; now: () => Date; onWarning: (text: string) => void },
  state: EndingState,
  result: { outcome: RunOutcome; reason: string | null },
  run: number,
  runs: RecordAppender,
  progress: ProgressFile,
): Promise<void> {
  const end = {
    version: 1,
    kind: 'end',
    run,
    at: input.now().toISOString(),
    outcome: result.outcome,
    reason: result.reason,
  };
  state.status = result.outcome;
  state.stage = null;
  state.message = result.reason ?? (result.outcome === 'complete' ? null : state.message);
  let unwritten: unknown;
  try {
    await appendOrRewrite(input, runs, end);
  } catch (error) {
    // PROGRESS.txt is tried all the same: it is what people look at.
    unwritten = error;
  }
  await flushOrFree(input.paths, progress);
  if (unwritten !== undefined) throw unwritten;
}

/**
 * After a failed append nobody knows what of the file is on the disk, and its fsync is not tried again: the whole file
 * is made anew, with the space of the reserve where the disk is full.
 */
async function appendOrRewrite(
  { paths, onWarning }: { paths: JobPaths; onWarning: (text: string) => void },
  runs: RecordAppender,
  end: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await runs.append(end);
  } catch (error) {
    onWarning(error instanceof Error ? error.message : String(error));
    await freeReserve(paths);
    const text = await attempt('read', paths.runs, () => readFile(paths.runs, 'latin1'));
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    await replaceFile(paths.runs, whole + encodeRecordLine(end), { mode: 0o600 });
  }
}

/** Writes PROGRESS.txt now; a full disk gives the reserve for it. */
export async function flushOrFree(paths: JobPaths, progress: ProgressFile): Promise<void> {
  try {
    await progress.flush();
  } catch (error) {
    if (!(await freeReserve(paths))) throw error;
    await progress.flush();
  }
}
