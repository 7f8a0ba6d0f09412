import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchedJob } from '@milepost/shared/job';
import { commitBatch } from './commit.ts';
import { withFullDisk } from './diskForecast.ts';
import { makeFolderIn } from './durable.ts';
import { attempt, attemptIfThere, FileError } from './fileError.ts';
import type { Inspection } from './inspect.ts';
import type { WorkResult } from './merge.ts';
import { checkpointName, type JobPaths } from './paths.ts';
import { nextBatch, type Range, sizeForTime } from './plan.ts';
import type { RecordAppender } from './recordFile.ts';
import type { RunningBatch, RunState } from './report.ts';

/** One attempt of one batch, as the work gets it. Paths are absolute. */
export interface BatchAttempt extends Range {
  index: number;
  /** From 1. */
  attempt: number;
  /** Where the output is to be; nothing stands there yet. */
  output: string;
  /** A folder of this attempt's own; removed when it has ended. */
  scratch: string;
  /** Where the work may say how many items it has done: `340` or `340/2000`. */
  progressFile: string;
}

export interface BatchLoopInput {
  paths: JobPaths;
  record: BatchedJob;
  inspection: Inspection;
  ledger: RecordAppender;
  state: RunState;
  work: (batch: BatchAttempt, signal: AbortSignal) => Promise<WorkResult>;
  /** Aborted: running batches are ended and nothing new is started. */
  signal: AbortSignal;
  /** Aborted: running batches are finished and committed, and nothing new is started. */
  finishSignal: AbortSignal;
  monotonicMs: () => number;
  now: () => Date;
  /** Resolves after the time, or at once when the signal aborts. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  onChange: () => void;
}

/** Why a batch was given up. */
export interface BatchFailure extends Range {
  reason: string;
}

export interface BatchLoopResult {
  /** The first that failed for good; null: none. */
  failure: BatchFailure | null;
  /** All items are committed. */
  allDone: boolean;
}

/** Runs batches until all is committed, one has failed for good, or the signal aborts. */
export async function runBatches(start: BatchLoopInput): Promise<BatchLoopResult> {
  const input: Loop = { ...start, removals: new Set() };
  try {
    return await runLoop(input);
  } finally {
    await Promise.all(input.removals);
  }
}

interface Loop extends BatchLoopInput {
  /** Scratch folders of ended attempts that are being removed. */
  removals: Set<Promise<void>>;
}

async function runLoop(input: Loop): Promise<BatchLoopResult> {
  const { record, inspection, state, signal } = input;
  const taken: Range[] = inspection.done.map(({ first, count }) => ({ first, count }));
  const redo: Range[] = inspection.damaged.map(({ entry }) => ({ first: entry.first, count: entry.count }));
  const running = new Set<Promise<void>>();
  let nextIndex = inspection.nextIndex;
  let failure: BatchFailure | null = null;
  let fatal: unknown;

  function nextCount(): number {
    return 'seconds' in record.every ? sizeForTime(record.total, record.every.seconds, state.timings) : 1;
  }

  for (;;) {
    const open =
      !signal.aborted &&
      !input.finishSignal.aborted &&
      fatal === undefined &&
      (failure === null || record.keepGoing);
    while (open && running.size < record.jobs) {
      const range = nextBatch({
        total: record.total,
        every: record.every,
        taken,
        redo,
        nextCount: nextCount(),
      });
      if (!range) break;
      taken.push(range);
      const index = nextIndex;
      nextIndex += 1;
      const one: Promise<void> = runBatch(input, range, index).then(
        (failed) => {
          running.delete(one);
          if (failed) failure ??= failed;
        },
        (error: unknown) => {
          running.delete(one);
          fatal ??= error;
        },
      );
      running.add(one);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (fatal !== undefined) throw fatal;
  return { failure, allDone: state.completed >= record.total };
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Tries one batch until it is committed; returns why where it never was. A fault of the records is thrown. */
async function runBatch(input: Loop, range: Range, index: number): Promise<BatchFailure | undefined> {
  const { record, signal } = input;
  let reason = '';
  for (let number = 1; number <= record.retries + 1; number += 1) {
    if (number > 1) {
      await input.pause(Math.min(FIRST_PAUSE_MS * 2 ** (number - 2), LONGEST_PAUSE_MS), signal);
    }
    if (signal.aborted || (number > 1 && input.finishSignal.aborted)) return undefined;
    const result = await tryBatch(input, range, index, number);
    if (result.kind === 'done' || signal.aborted) return undefined;
    reason = result.reason;
    if (result.final) break;
  }
  return { ...range, reason };
}

type TryResult = { kind: 'done' } | { kind: 'failed'; reason: string; final: boolean };

async function tryBatch(input: Loop, range: Range, index: number, number: number): Promise<TryResult> {
  const { paths, record, state, ledger } = input;
  const file = checkpointName(range.first, record.width, record.extension);
  ledger.assertHere();
  await makeFolderIn(paths.scratch);
  const scratch = await attempt('make a folder in', paths.scratch, async () =>
    mkdtempSync(join(paths.scratch, `${range.first}-${number}-`)),
  );
  const progressFile = join(scratch, 'progress');
  const outputFolder = join(scratch, 'output');
  const output = join(outputFolder, file);
  const running: RunningBatch = { ...range, startedMs: input.monotonicMs(), reported: null };
  let committed = false;
  try {
    await attempt('make', outputFolder, async () => mkdirSync(outputFolder));
    state.running.add(running);
    input.onChange();
    const watch = setInterval(() => void readReported(progressFile, running, input.onChange), 1000);
    let result: WorkResult;
    try {
      result = await input.work(
        { ...range, index, attempt: number, output, scratch, progressFile },
        input.signal,
      );
    } finally {
      clearInterval(watch);
    }
    if (result.kind === 'failed') {
      // Now, while all that it wrote is still there.
      return { ...result, reason: await withFullDisk(result.reason, paths.dir), final: false };
    }
    if ((await attemptIfThere('look at', output, async () => lstatSync(output))) === undefined) {
      return { kind: 'failed', reason: `it ended with 0 but made no output at ${output}`, final: false };
    }
    const seconds = Math.round(input.monotonicMs() - running.startedMs) / 1000;
    const at = input.now().toISOString();
    const batch = { index, ...range, seconds, attempt: number };
    const entry = await commitBatch({ paths, ledger, output, file, batch, at });
    committed = true;
    state.completed += range.count;
    state.savedBytes += entry.bytes;
    state.checkpoints += 1;
    state.lastCheckpoint = { name: file, at };
    if (number === 1) {
      // With its commit: the next batch doesn't start before.
      const tookSeconds = (input.monotonicMs() - running.startedMs) / 1000;
      state.timings.push({ count: range.count, seconds: tookSeconds, run: state.runs });
    }
    return { kind: 'done' };
  } catch (error) {
    // The records' own faults end the run; a fault of this output is a failed attempt.
    if (!(error instanceof FileError) || error.path === paths.ledger) throw error;
    return {
      kind: 'failed',
      reason: error.message,
      final: error.code === 'ENOSPC' || error.code === 'EDQUOT',
    };
  } finally {
    state.running.delete(running);
    input.onChange();
    const removal = rm(scratch, { recursive: true, force: true }).catch(() => undefined);
    input.removals.add(removal);
    void removal.then(() => input.removals.delete(removal));
    // What a good attempt leaves goes while the next batch runs; what a failed one wrote may be what fills the disk.
    if (!committed) await removal;
  }
}

const MAX_REPORT_BYTES = 64;

/** Reads what a running batch says of itself: `340` or `340/2000`; anything else changes nothing. */
async function readReported(path: string, running: RunningBatch, onChange: () => void): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const match = /^\s*(\d{1,15})\s*(?:\/\s*\d{1,15}\s*)?$/.exec(text.slice(0, MAX_REPORT_BYTES));
  if (match?.[1] === undefined) return;
  const reported = Math.min(Number(match[1]), running.count);
  if (reported === running.reported) return;
  running.reported = reported;
  onChange();
}
