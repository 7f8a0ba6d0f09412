import { randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCadence } from '@milepost/shared/duration';
import type { BatchedJob, RunOutcome } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import type { BatchAttempt } from './batchLoop.ts';
import { ownIdentity } from './identity.ts';
import { inspectJob } from './inspect.ts';
import { type RunJobResult, StopRequest } from './keepRun.ts';
import { concatenate, isMerged, type MergeFiles, type WorkResult } from './merge.ts';
import type { JobPaths } from './paths.ts';
import { itemsIn } from './plan.ts';
import { holdForProgram, JobRefusal, type ProgramRequest, takeGivenRunId } from './programHold.ts';
import { estimate } from './report.ts';
import { runJob as runHeldJob } from './runJob.ts';
import { readRuns } from './runsFile.ts';
import { clearStop, readStop } from './stopFile.ts';

// The core as a library: a Node program does a job in batches by itself, without the agent.

/** Some items of a job. `end` is the item after the last. */
export interface Batch {
  start: number;
  end: number;
  count: number;
  /** A running number, never used for two checkpoints. */
  index: number;
  /** Where its checkpoint is to be written: a file, or a folder. */
  output: string;
}

export interface JobOptions {
  /** The job's folder: PROGRESS.txt, the checkpoints and the result. Made if it isn't there. */
  dir: string;
  /** How many items there are. It may grow later, never shrink. */
  total: number;
  /** A number of items, or as many as take so long (`'2m'`, the default). */
  every?: number | string;
  /** Writes a batch's checkpoint to its `output`. What it throws fails the batch. */
  work: (batch: Batch, signal: AbortSignal) => Promise<void> | void;
  /** Makes the result of all checkpoints, in item order; `concat` joins files. Left out: the checkpoints are the result. */
  merge?:
    | 'concat'
    | ((inputs: readonly string[], output: string, signal: AbortSignal) => Promise<void> | void);
  /** The result's name in the folder; default: the job's name and extension. */
  final?: string;
  /** Aborted: the run ends in order, as `interrupted`, and the next call goes on. */
  signal?: AbortSignal;
  /** The job's name in lists; default: the folder's. */
  name?: string;
  /** What an item is called. */
  unit?: string;
  /** The checkpoints' extension, with its dot. */
  extension?: string;
  /** How many batches run side by side. */
  jobs?: number;
  /** How often a failed batch is tried again. */
  retries?: number;
  /** Told when something has changed; seconds are null while there is nothing to base them on. */
  onProgress?: (progress: { completed: number; total: number; etaSeconds: number | null }) => void;
  /** Something that a person should know and that does not end the run. */
  onWarning?: (text: string) => void;
}

export interface JobResult {
  outcome: RunOutcome;
  /** For a person; null where the outcome says it all. */
  reason: string | null;
  /** The merged result's path, where it is there. */
  result: string | null;
}

/**
 * Does a job in batches, each saved as it is done; called again after whatever happened, it goes on behind the last
 * checkpoint, and does nothing where all is there. The job shows in `milepost list` and in the app, which can stop it and
 * resume it by starting this program again.
 *
 * Throws a {@link JobRefusal} where the job is held by another, is another one, or what is asked makes no sense, and a
 * FileError where its records can't be read or written. Whatever the work does is an outcome.
 */
export async function runJob(options: JobOptions): Promise<JobResult> {
  const dir = resolve(options.dir);
  const { paths, record, lock } = await holdForProgram(dir, requestOf(dir, options));
  try {
    const result = record.final === null ? null : join(dir, record.final);
    if (await isComplete(paths, record)) return { outcome: 'complete', reason: null, result };
    const run = await runToEnd(options, paths, record);
    return { ...run, result: run.outcome === 'complete' ? result : null };
  } finally {
    await lock.release();
  }
}

function requestOf(dir: string, options: JobOptions): ProgramRequest {
  const every = parseCadence(String(options.every ?? '2m'));
  if (every.kind === 'error') throw new JobRefusal(`every: ${every.message}`);
  const { total } = options;
  if (!Number.isSafeInteger(total) || total < 1)
    throw new JobRefusal(`total takes a whole number, not ${total}.`);
  const name = options.name ?? basename(dir);
  const extension = options.extension ?? '';
  return {
    name,
    total,
    unit: options.unit ?? 'items',
    every: every.cadence,
    jobs: options.jobs ?? 1,
    retries: options.retries ?? 0,
    extension,
    // Any other merge is this program's own, and stands in no record.
    merge: options.merge === 'concat' ? { kind: 'concat' } : null,
    final: options.merge === undefined ? null : (options.final ?? `${name}${extension}`),
  };
}

async function isComplete(paths: JobPaths, record: BatchedJob): Promise<boolean> {
  const { last } = await readRuns(paths);
  if (last?.end?.outcome !== 'complete') return false;
  const { done, damaged } = await inspectJob(paths);
  if (damaged.length > 0 || itemsIn(done) < record.total) return false;
  return record.final === null || (await isMerged(paths, done, record.final));
}

async function runToEnd(options: JobOptions, paths: JobPaths, record: BatchedJob): Promise<RunJobResult> {
  const runId = takeGivenRunId(record.id) ?? randomUUID();
  const end = new AbortController();
  const finish = new AbortController();
  const onAbort = () => end.abort(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const looking = setInterval(() => {
    void readStop(paths, runId)
      .catch(() => undefined)
      .then((request) => {
        if (request) (request.now ? end : finish).abort(new StopRequest('stopped by a person'));
      });
  }, 500);
  looking.unref();
  try {
    return await runHeldJob({
      paths,
      // Whatever the record says of a merge: where one was asked for it is made.
      record: { ...record, merge: options.merge === undefined ? null : { kind: 'concat' } },
      recordChanged: false,
      runId,
      process: await ownIdentity(),
      agent: `${MILEPOST_VERSION} (library)`,
      work: (batch, signal) => asResult(() => options.work(batchOf(batch), signal)),
      merge: (files, signal) => mergeBy(options, files, signal),
      endLeftovers: async () => undefined,
      signal: end.signal,
      finishSignal: finish.signal,
      monotonicMs: () => performance.now(),
      now: () => new Date(),
      pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
      onHeld: () => undefined,
      onStarted: () => undefined,
      onChange: (state) =>
        options.onProgress?.({
          completed: state.completed,
          total: state.total,
          etaSeconds: estimate(state, performance.now()).etaSeconds,
        }),
      onWarning: (text) => options.onWarning?.(text),
    });
  } finally {
    clearInterval(looking);
    options.signal?.removeEventListener('abort', onAbort);
    await clearStop(paths);
  }
}

function batchOf({ first, count, index, output }: BatchAttempt): Batch {
  return { start: first, end: first + count, count, index, output };
}

function mergeBy({ merge }: JobOptions, files: MergeFiles, signal: AbortSignal): Promise<WorkResult> {
  if (typeof merge !== 'function') return concatenate(files, signal);
  return asResult(() => merge(files.inputs, files.output, signal));
}

async function asResult(work: () => Promise<void> | void): Promise<WorkResult> {
  try {
    await work();
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', reason: cleanText(error instanceof Error ? error.message : String(error)) };
  }
}
