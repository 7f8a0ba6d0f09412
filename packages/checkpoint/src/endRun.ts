import { readFile } from 'node:fs/promises';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { replaceFile } from './durable.ts';
import { attempt } from './fileError.ts';
import { freeReserve } from './jobFolder.ts';
import type { EndingState, RunJobResult } from './keepRun.ts';
import type { JobPaths } from './paths.ts';
import type { ProgressFile } from './progressFile.ts';
import { type RecordAppender, RecordsGoneError } from './recordFile.ts';

/**
 * The records of the end: first runs.jsonl, then PROGRESS.txt. A full disk gives its reserve for them. Returns how the
 * run ended: failed, where its records were taken away from it.
 */
export async function endRun(
  input: { paths: JobPaths; now: () => Date; onWarning: (text: string) => void },
  state: EndingState,
  result: RunJobResult,
  run: number,
  runs: RecordAppender,
  progress: ProgressFile,
): Promise<RunJobResult> {
  const show = (shown: RunJobResult): void => {
    state.status = shown.outcome;
    state.stage = null;
    state.message = shown.reason ?? (shown.outcome === 'complete' ? null : state.message);
  };
  const { outcome, reason } = result;
  const end = { version: 1, kind: 'end', run, at: input.now().toISOString(), outcome, reason };
  show(result);
  let unwritten: unknown;
  try {
    await appendOrRewrite(input, runs, end);
  } catch (error) {
    if (error instanceof RecordsGoneError) return endWithoutRecords(error);
    // PROGRESS.txt is tried all the same: it is what people look at.
    unwritten = error;
  }
  await flushOrFree(input.paths, progress);
  if (unwritten !== undefined) throw unwritten;
  return result;

  /** Whoever started it can still be told, and PROGRESS.txt says it where its folder is there. */
  async function endWithoutRecords(gone: RecordsGoneError): Promise<RunJobResult> {
    const failed: RunJobResult = {
      outcome: 'failed',
      reason: outcome === 'failed' && reason !== null ? reason : gone.message,
    };
    show(failed);
    await progress.flush().catch(() => undefined);
    return failed;
  }
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
    if (error instanceof RecordsGoneError) throw error;
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
