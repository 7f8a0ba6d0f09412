import { sizeForTime } from '@milepost/checkpoint/plan';
import type { Cadence } from '@milepost/shared/job';

// A job as it might run, played through with a clock of its own: which batch ran when, and what was measured.

/** Clocks: `work` stands still while nothing can run (between runs, while the machine sleeps), `wall` never does. */
export interface Instant {
  work: number;
  wall: number;
}

/** One batch as it ran. */
export interface PlayedBatch {
  run: number;
  count: number;
  start: Instant;
  /** When it was committed; null: the run was killed before. */
  end: Instant | null;
  /** What the agent measures for it. */
  seconds: number;
}

export interface Trace {
  total: number;
  jobs: number;
  every: Cadence;
  /** By their starts. */
  batches: PlayedBatch[];
  /** When each run began. */
  runs: Instant[];
  /** Work time at which all was committed. */
  workSeconds: number;
  /** Whether a batch's measured seconds hold the time that the machine slept. */
  sleepIsMeasured: boolean;
  sleeps: { work: number; seconds: number }[];
  /** Work time from which answers count: before a change that nobody can foresee, every answer is wrong. */
  countedFrom: number;
}

export interface Plan {
  total: number;
  jobs?: number;
  every: Cadence;
  /** Seconds that a batch takes. `started`: how many were started before it in its run. */
  cost: (batch: { first: number; count: number; run: number; started: number }) => number;
  /** The agent is killed when so many items are saved, and resumed after a time in which nothing runs. */
  kills?: readonly { atItems: number; gapSeconds: number }[];
  /** The machine sleeps when so many items are saved. */
  sleeps?: readonly { atItems: number; seconds: number }[];
  sleepIsMeasured?: boolean;
  /** Answers count from when so many items were saved; left out: over the whole run. */
  countedFromItems?: number;
}

interface Running {
  batch: PlayedBatch;
  first: number;
  /** Work time at which it will be done. */
  due: number;
}

/** Plays a job through. */
export function simulate(plan: Plan): Trace {
  const { total, every, jobs = 1, sleepIsMeasured = false } = plan;
  const kills = [...(plan.kills ?? [])];
  const sleeps = [...(plan.sleeps ?? [])];
  const slept: Trace['sleeps'] = [];
  const batches: PlayedBatch[] = [];
  const runs: Instant[] = [{ work: 0, wall: 0 }];
  const timings: { count: number; seconds: number }[] = [];
  let now: Instant = { work: 0, wall: 0 };
  let saved = 0;
  let countedFrom = 0;
  let started = 0;
  let next = 0;
  const redo: { first: number; count: number }[] = [];
  let running: Running[] = [];

  function start(): boolean {
    let range = redo.shift();
    if (range === undefined) {
      if (next >= total) return false;
      const wanted = 'items' in every ? every.items : sizeForTime(total, every.seconds, timings);
      range = { first: next, count: Math.min(wanted, total - next) };
      next += range.count;
    }
    const run = runs.length;
    const seconds = plan.cost({ ...range, run, started });
    started += 1;
    const batch: PlayedBatch = { run, count: range.count, start: now, end: null, seconds };
    batches.push(batch);
    running.push({ batch, first: range.first, due: now.work + seconds });
    return true;
  }

  while (saved < total) {
    while (running.length < jobs && start()) {
      // As many as run side by side.
    }
    running.sort((a, b) => a.due - b.due);
    const done = running.shift();
    if (done === undefined) throw new Error('nothing runs and not all is saved');
    const passed = done.due - now.work;
    // Half way to the next commit the machine falls asleep, or the agent dies.
    const half = { work: now.work + passed / 2, wall: now.wall + passed / 2 };
    if (kills[0] !== undefined && saved >= kills[0].atItems) {
      const gap = kills.shift()?.gapSeconds ?? 0;
      const lost = [done, ...running].sort((a, b) => a.first - b.first);
      redo.push(...lost.map(({ first, batch }) => ({ first, count: batch.count })));
      running = [];
      now = { work: half.work, wall: half.wall + gap };
      runs.push(now);
      started = 0;
      continue;
    }
    if (sleeps[0] !== undefined && saved >= sleeps[0].atItems) {
      const seconds = sleeps.shift()?.seconds ?? 0;
      slept.push({ work: half.work, seconds });
      now = { ...now, wall: now.wall + seconds };
      if (sleepIsMeasured) for (const { batch } of [done, ...running]) batch.seconds += seconds;
    }
    now = { work: done.due, wall: now.wall + passed };
    done.batch.end = now;
    if (saved < (plan.countedFromItems ?? 0)) countedFrom = now.work;
    saved += done.batch.count;
    timings.push({ count: done.batch.count, seconds: done.batch.seconds });
  }
  return {
    total,
    jobs,
    every,
    batches,
    runs,
    workSeconds: now.work,
    sleepIsMeasured,
    sleeps: slept,
    countedFrom,
  };
}
