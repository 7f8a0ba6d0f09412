import { join } from 'node:path';
import type { JobRecord, ProcessIdentity, RunOutcome } from '@milepost/shared/job';
import { type BatchTask, runBatches } from './batchLoop.ts';
import { setAside } from './commit.ts';
import { endRun, flushOrFree } from './endRun.ts';
import { FileError } from './fileError.ts';
import { type Inspection, inspectJob } from './inspect.ts';
import { clearScratch, rewriteJob, writeReserve } from './jobFolder.ts';
import { removeLeftBehind } from './leftBehind.ts';
import { forgetMerging, isMerged, type MergeTask, mergeCheckpoints, type WorkResult } from './merge.ts';
import type { JobPaths } from './paths.ts';
import { keepProgressFile, type ProgressFile } from './progressFile.ts';
import { readProgressFile } from './readProgress.ts';
import { openRecordFile, type RecordAppender } from './recordFile.ts';
import { describeRun, type RunState } from './report.ts';
import { readRuns } from './runsFile.ts';
import { inspected, startingState } from './startingState.ts';
import { watchDisk } from './watchDisk.ts';

export interface RunJobInput {
  /** The caller holds the job's lock, and keeps it until this has returned. */
  paths: JobPaths;
  record: JobRecord;
  /** The record is not what job.json says: it is written once nothing speaks against this run. */
  recordChanged: boolean;
  runId: string;
  process: ProcessIdentity;
  /** The version of who runs it, for the records. */
  agent: string;
  /** Reads every checkpoint's hash before it counts as done. */
  verify?: boolean;
  work: (task: BatchTask, signal: AbortSignal) => Promise<WorkResult>;
  merge: (task: MergeTask, signal: AbortSignal) => Promise<WorkResult>;
  /** Ends what an earlier, killed run left behind; called before anything is changed. */
  endLeftovers: () => Promise<void>;
  /** Aborted: the run ends in order, as `interrupted` or, with `reason.stopped`, as `stopped`. */
  signal: AbortSignal;
  /** Aborted with a {@link StopRequest}: running batches are finished and committed, then the run ends as `stopped`. */
  finishSignal: AbortSignal;
  /** Milliseconds on a clock that never goes back. */
  monotonicMs: () => number;
  now: () => Date;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told once the run is in the records. */
  onHeld: (run: number) => void;
  /** Told once the work begins: the run's number, and what it found. */
  onStarted: (run: number, inspection: Inspection) => void;
  onChange: (state: RunState) => void;
  /** Something that a person should know and that does not end the run. */
  onWarning: (text: string) => void;
}

export interface RunJobResult {
  outcome: RunOutcome;
  /** For a person; null where the outcome says it all. */
  reason: string | null;
}

/** Records of a newer Milepost: nothing was changed, and nothing may be. */
export class NewerRecordsError extends Error {
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`The records in ${path} can't be used: ${reason}.`);
    this.name = 'NewerRecordsError';
    this.path = path;
  }
}

/** The reason that an AbortSignal carries when a person asked to stop. */
export class StopRequest extends Error {
  readonly stopped = true;
}

/**
 * One run of a job, from its records to their end: plan, work, commit, tell; then the merge. Whatever happens, what was
 * committed stays, the records say how the run ended, and PROGRESS.txt shows it.
 */
export async function runJob(input: RunJobInput): Promise<RunJobResult> {
  const { paths } = input;
  const history = await readRuns(paths);
  const found = await inspectJob(paths);
  const newer = history.newer ?? found.newer;
  if (newer !== null) throw new NewerRecordsError(paths.meta, newer);
  await input.endLeftovers();
  if (input.recordChanged) await rewriteJob(paths, input.record);
  await clearScratch(paths);
  await removeLeftBehind(paths, input.now());
  await writeReserve(paths).catch(() => input.onWarning(`No room for ${paths.reserve}.`));
  // What it holds is on the disk before PROGRESS.txt counts it.
  const ledger = await openRecordFile(paths.ledger);
  const runs = await openRecordFile(paths.runs);
  const before = await readProgressFile(paths.progress);
  if (history.damage !== null) {
    input.onWarning(`${paths.runs}: ${history.damage}. The runs are counted on from PROGRESS.txt.`);
  }
  const earlier = history.damage === null ? history.starts : Math.max(history.starts, before?.runs ?? 0);
  const run = earlier + 1;
  const state = startingState({ ...input, before, inspection: found, run, host: input.process.host });
  await runs.append({
    version: 1,
    kind: 'start',
    run,
    runId: input.runId,
    at: input.now().toISOString(),
    process: input.process,
    agent: input.agent,
  });
  const progress = keepProgressFile({
    path: paths.progress,
    report: () => describeRun(state, input.monotonicMs(), input.now().toISOString()),
    monotonicMs: input.monotonicMs,
    onError: (error) => input.onWarning(error instanceof Error ? error.message : String(error)),
  });
  try {
    if (input.verify) state.stage = 'checking';
    await flushOrFree(paths, progress);
    input.onHeld(run);
    const result = await orFailed(async () => {
      const inspection = input.verify ? await inspectJob(paths, { verify: true }) : found;
      await tidy(input, inspection);
      if (input.verify) Object.assign(state, inspected(inspection, run, before));
      input.onStarted(run, inspection);
      return work(input, inspection, state, ledger, progress);
    });
    // What an attempt's own clearing left.
    await clearScratch(paths).catch(() => undefined);
    await endRun(input, state, result, run, runs, progress);
    input.onChange(state);
    return result;
  } catch (error) {
    // Whatever it was, the records say that this run is over, as far as they still can.
    const reason = error instanceof Error ? error.message : String(error);
    await endRun(input, state, { outcome: 'failed', reason }, run, runs, progress).catch(() => undefined);
    throw error;
  } finally {
    await progress.close();
    await runs.close();
    await ledger.close();
  }
}

/** A file that fails a run that has begun makes it a failed one. */
async function orFailed(work: () => Promise<RunJobResult>): Promise<RunJobResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { outcome: 'failed', reason: error.message };
  }
}

/** Sets strangers aside and tells what is not as it was. */
async function tidy(input: RunJobInput, inspection: Inspection): Promise<void> {
  const { paths } = input;
  for (const name of inspection.foreign) {
    const moved = await setAside(paths, join(paths.dir, name));
    input.onWarning(`${name} is not in the ledger: moved to ${moved ?? paths.orphans}.`);
  }
  for (const { line, reason } of inspection.lines) {
    input.onWarning(`Line ${line} of ${paths.ledger} does not count: ${reason}.`);
  }
  for (const { entry, reason } of inspection.damaged) {
    input.onWarning(`${reason}: items ${entry.first} to ${entry.first + entry.count - 1} are done again.`);
  }
}

async function work(
  input: RunJobInput,
  inspection: Inspection,
  state: RunState,
  ledger: RecordAppender,
  progress: ProgressFile,
): Promise<RunJobResult> {
  const { record, signal, finishSignal } = input;
  const disk = watchDisk(input, state);
  const onChange = () => {
    disk.look();
    progress.changed();
    input.onChange(state);
  };
  disk.look();
  const onFinish = () => {
    state.message = 'asked to stop: what runs is finished first';
    onChange();
  };
  finishSignal.addEventListener('abort', onFinish, { once: true });
  try {
    const { failure, allDone } = await runBatches({ ...input, inspection, ledger, state, onChange });
    if (failure) return { outcome: 'failed', reason: describeFailure(failure, record) };
    if (signal.aborted) return endedBy(signal);
    if (!allDone && finishSignal.aborted) return endedBy(finishSignal);
    if (!allDone) return { outcome: 'failed', reason: 'not all items were done' };
    const merged = await merge(input, state, onChange);
    if (signal.aborted) return endedBy(signal);
    return merged;
  } finally {
    finishSignal.removeEventListener('abort', onFinish);
  }
}

async function merge(input: RunJobInput, state: RunState, onChange: () => void): Promise<RunJobResult> {
  const { paths, record, signal } = input;
  if (record.merge === null || record.final === null) return { outcome: 'complete', reason: null };
  const { done } = await inspectJob(paths);
  if (await isMerged(paths, done, record.final, { verify: input.verify ?? false })) {
    await forgetMerging(paths);
    return { outcome: 'complete', reason: null };
  }
  state.stage = 'merging';
  onChange();
  const result = await mergeCheckpoints({
    paths,
    entries: done,
    final: record.final,
    merge: (task) => input.merge(task, signal),
    at: input.now().toISOString(),
  });
  state.stage = null;
  if (result.kind === 'failed') {
    return { outcome: 'failed', reason: `the merge failed: ${result.reason}; a resume only merges again` };
  }
  return { outcome: 'complete', reason: null };
}

function describeFailure(
  failure: { first: number; count: number; reason: string },
  record: JobRecord,
): string {
  const last = failure.first + failure.count - 1;
  const tries = record.retries === 0 ? '' : ` after ${record.retries + 1} attempts`;
  return `batch ${failure.first} to ${last} failed${tries}: ${failure.reason}`;
}

function endedBy(signal: AbortSignal): RunJobResult {
  if (signal.reason instanceof StopRequest) return { outcome: 'stopped', reason: signal.reason.message };
  const reason = signal.reason instanceof Error ? signal.reason.message : 'the run was ended';
  return { outcome: 'interrupted', reason };
}
