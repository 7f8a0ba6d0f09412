import type { ProcessJob } from '@milepost/shared/job';
import type { FoundCheckpoint, ProcessReading, ProcessRecord } from '@milepost/shared/processRecord';
import type { Progress } from '@milepost/shared/progress/progress';
import { type KeepRunInput, keepRun, type RunJobResult } from '../keepRun.ts';
import { readRuns } from '../runsFile.ts';
import { watchCheckpoints } from './checkpointWatch.ts';
import { type Choice, chooseCheckpoint } from './chooseCheckpoint.ts';
import { NOTHING_KNOWN, readProcessRecord } from './processFile.ts';
import { describeProcess, type ProcessState } from './processState.ts';
import { workThrough } from './processWork.ts';

/** One start of the program, as the work gets it. Paths are absolute. */
export interface ProcessStart {
  run: number;
  /** Where it goes on; null: it begins anew, or knows by itself where it was. */
  checkpoint: string | null;
  /** A folder of this run's own; removed when it has ended. */
  scratch: string;
  /** Where the program may say how far it is: `340` or `340/2000`. */
  progressFile: string;
  /** How far an earlier run was said to be; null: nothing was said, or there was none. */
  earlier: ProcessReading | null;
  /**
   * Tells how far it is now, in all: not only in this run; null: that is not clear any more. `unit` is what the program
   * calls an item.
   */
  report: (reading: ProcessReading | null, unit: string | null) => void;
}

export type ProcessEnd = { kind: 'done' } | { kind: 'failed'; reason: string };

export interface RunProcessInput extends KeepRunInput {
  record: ProcessJob;
  /** Runs the program until it has ended, in whatever way; ends it when a signal aborts. */
  work: (start: ProcessStart) => Promise<ProcessEnd>;
  /** Aborted: the program is to end at once, and the run ends as `interrupted` or, by a {@link StopRequest}, `stopped`. */
  signal: AbortSignal;
  /** Aborted by a person: the program is asked to end, has time to save its work, and the run ends as `stopped`. */
  finishSignal: AbortSignal;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  onStarted: (state: ProcessState, choice: Choice) => void;
  onChange: (state: ProcessState) => void;
}

/**
 * One run of a program that runs whole: it is started, its progress and its own checkpoints are watched and told, and
 * its end is recorded. What it needs to go on by itself is chosen before: its newest whole checkpoint.
 */
export async function runProcess(input: RunProcessInput): Promise<RunJobResult> {
  const { paths, record, now } = input;
  return keepRun(input, async () => {
    const read = await readProcessRecord(paths);
    if (read.kind === 'newer')
      return { newer: read.reason, open: () => Promise.reject(new Error(read.reason)) };
    if (read.kind === 'damaged') input.onWarning(`${paths.process} does not count: ${read.reason}.`);
    const { last } = await readRuns(paths);
    // Only PROGRESS.txt lacks its last word, where the run before was killed right at its end.
    const isDone = last?.end?.outcome === 'complete';
    const earlier = read.kind === 'ok' ? read.value : NOTHING_KNOWN;
    return {
      newer: null,
      async open(before, run) {
        const watch = watchCheckpoints(record.checkpoints, record.surroundings.cwd, earlier.checkpoints);
        const whole = record.checkpoints.length === 0 ? [] : await watch.lookAtEnd(false);
        const choice: Choice =
          run === 1
            ? { checkpoint: null, suspects: [], warning: null }
            : chooseCheckpoint(whole, earlier.tries, input.process.bootId);
        const state = startingState(input, { before, run, earlier, whole });
        return {
          state,
          report: () => describeProcess(state, input.monotonicMs(), now()),
          work: (progress, runs) =>
            isDone
              ? Promise.resolve({ outcome: 'complete', reason: null })
              : workThrough(input, { state, watch, earlier, choice, whole, progress, runs }),
          ended: () => input.onChange(state),
          close: () => Promise.resolve(),
        };
      },
    };
  });
}

function startingState(
  { record, process, monotonicMs, now }: RunProcessInput,
  {
    before,
    run,
    earlier,
    whole,
  }: {
    before: Progress | undefined;
    run: number;
    earlier: ProcessRecord;
    whole: readonly FoundCheckpoint[];
  },
): ProcessState {
  const earlierSeconds = run > 1 ? (before?.elapsedSeconds ?? 0) : 0;
  const { reading } = earlier;
  return {
    status: 'running',
    stage: null,
    message: run === 1 ? null : 'resumed after an interruption',
    name: record.name,
    unit: record.unit,
    host: process.host,
    runs: run,
    earlierSeconds,
    startedMs: monotonicMs(),
    startedAt: now(),
    completed: reading?.completed ?? null,
    total: reading?.total ?? record.total,
    from: reading?.from ?? null,
    // The pace of the runs before, until this one has its own.
    gains:
      reading !== null && reading.completed > 0 && earlierSeconds > 0
        ? [{ count: reading.completed, seconds: earlierSeconds, run: run - 1 }]
        : [],
    open: null,
    checkpoints: record.checkpoints.length === 0 ? null : whole,
    warning: null,
  };
}
