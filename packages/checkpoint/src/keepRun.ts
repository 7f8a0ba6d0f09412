import type { JobRecord, ProcessIdentity, RunOutcome } from '@milepost/shared/job';
import type { JobStatus, Progress, ProgressReport } from '@milepost/shared/progress/progress';
import { withFullDisk } from './diskForecast.ts';
import { endRun, flushOrFree } from './endRun.ts';
import { FileError } from './fileError.ts';
import { clearScratch, rewriteJob, writeReserve } from './jobFolder.ts';
import { removeLeftBehind } from './leftBehind.ts';
import type { JobPaths } from './paths.ts';
import { keepProgressFile, type ProgressFile } from './progressFile.ts';
import { readProgressFile } from './readProgress.ts';
import { openRecordFile, type RecordAppender } from './recordFile.ts';
import { readRuns } from './runsFile.ts';

/** What every run of a job needs, whatever its work is. */
export interface KeepRunInput {
  /** The caller holds the job's lock, and keeps it until the run has ended. */
  paths: JobPaths;
  record: JobRecord;
  /** The record is not what job.json says: it is written once nothing speaks against this run. */
  recordChanged: boolean;
  runId: string;
  process: ProcessIdentity;
  /** The version of who runs it, for the records. */
  agent: string;
  /** Ends what an earlier, killed run left behind; called before anything is changed. */
  endLeftovers: () => Promise<void>;
  /** Milliseconds on a clock that never goes back. */
  monotonicMs: () => number;
  now: () => Date;
  /** Told once the run is in the records. */
  onHeld: (run: number) => void;
  /** Something that a person should know and that does not end the run. */
  onWarning: (text: string) => void;
}

export interface RunJobResult {
  outcome: RunOutcome;
  /** For a person; null where the outcome says it all. */
  reason: string | null;
}

/** What the records of a run's end are made from. */
export interface EndingState {
  status: JobStatus;
  stage: string | null;
  message: string | null;
}

/** One run's work, as its kind of job does it. */
export interface OpenedRun {
  state: EndingState;
  /** PROGRESS.txt's content now. */
  report: () => ProgressReport;
  /** `runs`: what the run's own records are, and so whether the job's folder is still this run's. */
  work: (progress: ProgressFile, runs: RecordAppender) => Promise<RunJobResult>;
  /** The run has ended, and its records say so. */
  ended: () => void;
  close: () => Promise<void>;
}

/** What a kind of job brings to its run. */
export interface RunPlan {
  /** Set where its own records were written by a newer Milepost. */
  newer: string | null;
  /**
   * Makes ready for the work, before the run is in the records.
   *
   * @param before what PROGRESS.txt said until now.
   * @param run the run's number.
   */
  open: (before: Progress | undefined, run: number) => Promise<OpenedRun>;
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
 * One run of a job of any kind, from its records to their end. Whatever happens, the records say how the run ended, as
 * far as they still can, and PROGRESS.txt shows it.
 *
 * @param makePlan called once earlier runs are known; changes nothing.
 */
export async function keepRun(input: KeepRunInput, makePlan: () => Promise<RunPlan>): Promise<RunJobResult> {
  const { paths } = input;
  const history = await readRuns(paths);
  const plan = await makePlan();
  const newer = history.newer ?? plan.newer;
  if (newer !== null) throw new NewerRecordsError(paths.meta, newer);
  await input.endLeftovers();
  if (input.recordChanged) await rewriteJob(paths, input.record);
  await clearScratch(paths);
  await removeLeftBehind(paths, input.now());
  await writeReserve(paths).catch(() => input.onWarning(`No room for ${paths.reserve}.`));
  const before = await readProgressFile(paths.progress);
  if (history.damage !== null) {
    input.onWarning(`${paths.runs}: ${history.damage}. The runs are counted on from PROGRESS.txt.`);
  }
  const earlier = history.damage === null ? history.starts : Math.max(history.starts, before?.runs ?? 0);
  const run = earlier + 1;
  const opened = await plan.open(before, run);
  const { state } = opened;
  const runs = await openRecordFile(paths.runs);
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
    report: opened.report,
    monotonicMs: input.monotonicMs,
    isOurs: () => runs.place() !== 'replaced',
    onError: (error) => input.onWarning(error instanceof Error ? error.message : String(error)),
  });
  try {
    await flushOrFree(paths, progress);
    input.onHeld(run);
    const result = await orFailed(() => opened.work(progress, runs));
    if (result.outcome === 'failed' && result.reason !== null) {
      result.reason = await withFullDisk(result.reason, paths.dir);
    }
    // What an attempt's own clearing left.
    if (runs.place() === 'here') await clearScratch(paths).catch(() => undefined);
    const recorded = await endRun(input, state, result, run, runs, progress);
    opened.ended();
    return recorded;
  } catch (error) {
    // Whatever it was, the records say that this run is over, as far as they still can.
    const reason = error instanceof Error ? error.message : String(error);
    await endRun(input, state, { outcome: 'failed', reason }, run, runs, progress).catch(() => undefined);
    throw error;
  } finally {
    await progress.close();
    await runs.close();
    await opened.close();
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

/** How a run ends that a signal ended. */
export function endedBy(signal: AbortSignal): RunJobResult {
  if (signal.reason instanceof StopRequest) return { outcome: 'stopped', reason: signal.reason.message };
  const reason = signal.reason instanceof Error ? signal.reason.message : 'the run was ended';
  return { outcome: 'interrupted', reason };
}
