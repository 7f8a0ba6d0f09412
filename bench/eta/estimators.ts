import { estimateEta } from '@milepost/shared/eta';
import { committedBy, runAt } from './played.ts';
import type { PlayedBatch, Trace } from './simulate.ts';

/** Seconds left as an estimator says it at some work time of a trace; null: it says nothing. */
export type Estimator = (trace: Trace, work: number) => number | null;

/** Ours, asked as the agent asks it: at any moment, with what is committed and what runs. */
export const ours: Estimator = (trace, work) => {
  const committed = committedBy(trace, work);
  const run = runAt(trace, work);
  const running = trace.batches.filter(
    (batch) => batch.run === run && batch.start.work <= work && (batch.end === null || batch.end.work > work),
  );
  const saved = committed.reduce((sum, batch) => sum + batch.count, 0);
  return estimateEta({
    committed: committed.map(({ count, seconds, run }) => ({ count, seconds, run })),
    running: running.map((batch) => ({
      count: batch.count,
      seconds: work - batch.start.work + sleptDuring(trace, batch, work),
      done: null,
    })),
    remaining: trace.total - saved,
    jobs: trace.jobs,
    every: trace.every,
  }).etaSeconds;
};

/**
 * Elapsed over completed: `elapsed * (total - done) / done`, printed at each commit. The script takes the time when it
 * is started, and starts with what is there as done.
 */
export const elapsedOverCompleted: Estimator = (trace, work) => {
  const committed = committedBy(trace, work);
  const run = runAt(trace, work);
  const last = committed.at(-1);
  if (last?.end == null || last.run !== run) return null;
  const began = trace.runs[run - 1]?.wall ?? 0;
  const done = committed.reduce((sum, batch) => sum + batch.count, 0);
  const printed = ((last.end.wall - began) * (trace.total - done)) / done;
  return countedDown(printed, work - last.end.work);
};

const SMOOTHING = 0.3;

/**
 * What tqdm does: moving averages of items and of seconds between updates, each corrected for its start at 0, one
 * divided by the other; an update at each commit. A resumed script gives `initial=`, so that the work before it
 * doesn't count, and starts anew.
 */
export const exponentialSmoothing: Estimator = (trace, work) => {
  const committed = committedBy(trace, work);
  const run = runAt(trace, work);
  let at = trace.runs[run - 1]?.wall ?? 0;
  let items = 0;
  let seconds = 0;
  let updates = 0;
  let last: PlayedBatch | undefined;
  for (const batch of committed) {
    if (batch.run !== run || batch.end === null) continue;
    items = SMOOTHING * batch.count + (1 - SMOOTHING) * items;
    seconds = SMOOTHING * (batch.end.wall - at) + (1 - SMOOTHING) * seconds;
    updates += 1;
    at = batch.end.wall;
    last = batch;
  }
  if (last?.end == null || updates === 0 || items === 0) return null;
  const correction = 1 - (1 - SMOOTHING) ** updates;
  const rate = items / correction / (seconds / correction);
  const done = committed.reduce((sum, batch) => sum + batch.count, 0);
  return countedDown((trace.total - done) / rate, work - last.end.work);
};

/** A number that was printed is read as one that counts down: that is the kindest reading of it. */
export function countedDown(printed: number, sinceSeconds: number): number {
  return Math.max(0, printed - sinceSeconds);
}

function sleptDuring(trace: Trace, batch: PlayedBatch, work: number): number {
  if (!trace.sleepIsMeasured) return 0;
  return trace.sleeps
    .filter((sleep) => sleep.work > batch.start.work && sleep.work <= work)
    .reduce((sum, sleep) => sum + sleep.seconds, 0);
}
