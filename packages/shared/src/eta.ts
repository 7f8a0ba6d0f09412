// How long the rest takes. Pure; seconds throughout.

import { type CommittedBatch, type Pace, paceOf } from './eta/pace.ts';
import { makespan, restOf } from './eta/schedule.ts';
import type { Cadence } from './job.ts';

export type { CommittedBatch } from './eta/pace.ts';

/** A batch that runs now. */
export interface RunningBatch {
  count: number;
  /** How long it has been running. */
  seconds: number;
  /** Items that it reports as done; null where it reports nothing. */
  done: number | null;
}

export interface EtaInput {
  /** In the order of their commits, over all runs. */
  committed: readonly CommittedBatch[];
  running: readonly RunningBatch[];
  /** Items not saved yet, those of the running batches among them. */
  remaining: number;
  /** How many batches may run side by side. */
  jobs: number;
  /** How the coming batches are sized. */
  every: Cadence;
}

export interface Eta {
  /** Null: there is nothing to base it on. */
  etaSeconds: number | null;
  itemsPerSecond: number | null;
}

const UNKNOWN: Eta = { etaSeconds: null, itemsPerSecond: null };

/**
 * The time that the rest takes. Based on the time that batches ran, so that time in which nothing ran (between runs, a
 * suspension) is not in it; on the pace since it last changed, and where it drifts evenly on that drift; batches that
 * took absurdly long don't count; then the rest is laid out over the places that run side by side.
 *
 * Null while there is no basis: before two batches are done (one, where it is a good part of the whole), while the
 * first ones still get faster from one to the next, and while start-ups drown what items cost.
 */
export function estimateEta({ committed, running, remaining, jobs, every }: EtaInput): Eta {
  if (remaining <= 0) return { etaSeconds: 0, itemsPerSecond: null };
  const places = Math.max(1, jobs);
  const pace = paceOf(committed, places);
  const basis = pace && isBasis(committed, pace, remaining) ? pace : reportedPace(committed, running);
  if (basis === undefined) return UNKNOWN;

  const secondsOf = (count: number, ahead: number) => basis.secondsPerItem(ahead) * (basis.startup + count);
  let waiting = remaining;
  const busy: number[] = [];
  for (const batch of running) {
    waiting -= batch.count;
    const expected = secondsOf(batch.count, 0);
    busy.push(
      batch.done === null
        ? restOf(expected, batch.seconds, basis.spread)
        : expected * (1 - Math.min(1, batch.done / batch.count)),
    );
  }
  waiting = Math.max(0, waiting);
  const size = Math.min(nextSize(every, committed, basis), Math.max(1, waiting));
  const ahead = remaining - waiting;
  const batches = Math.ceil(waiting / size);
  const etaSeconds = makespan(
    busy,
    batches,
    (n) => secondsOf(Math.min(size, waiting - n * size), ahead + n * size),
    places,
  );
  const sideBySide = Math.max(1, Math.min(places, batches + running.length));
  const now = secondsOf(size, 0);
  return { etaSeconds, itemsPerSecond: now > 0 ? (sideBySide * size) / now : null };
}

/** How many items the coming batches hold. */
function nextSize(every: Cadence, committed: readonly CommittedBatch[], pace: Pace): number {
  if ('items' in every) return every.items;
  const last = committed.at(-1)?.count ?? 1;
  const perItem = pace.secondsPerItem(0);
  return perItem > 0 ? Math.max(1, every.seconds / perItem - pace.startup) : last;
}

/** The first batches of a job may be slow for another reason than their items. Up to so many are watched for it. */
const FIRST_BATCHES = 24;
/** The logarithm by which batches get faster that says the pace is not there yet. */
const STILL_FALLING = 0.1;
/** One batch that holds this share of the items is basis enough: there is not much more to learn from. */
const GOOD_PART = 1 / 8;
/** Start-ups that cost more than this many times the largest batch's items drown them. */
const DROWNED = 3;

function isBasis(committed: readonly CommittedBatch[], pace: Pace, remaining: number): boolean {
  const done = committed.reduce((sum, batch) => sum + batch.count, 0);
  if (committed.length < 2) return done >= GOOD_PART * (done + remaining);
  const largest = Math.max(...committed.slice(-FIRST_BATCHES).map((batch) => batch.count));
  if (pace.startup > DROWNED * largest) return false;
  const levels = committed
    .slice(0, FIRST_BATCHES)
    .map(({ count, seconds }) => Math.log(Math.max(seconds, 1e-6) / (pace.startup + count)));
  // Known once, it stays known.
  for (let n = 2; n <= levels.length; n += 1) if (!isFalling(levels.slice(0, n))) return true;
  return levels.length >= FIRST_BATCHES;
}

/** Whether the last batches are faster than those before them. */
function isFalling(levels: readonly number[]): boolean {
  const width = Math.min(3, Math.floor(levels.length / 2));
  const mean = (part: readonly number[]) => part.reduce((sum, level) => sum + level, 0) / part.length;
  return mean(levels.slice(-2 * width, -width)) - mean(levels.slice(-width)) > STILL_FALLING;
}

/** A running batch's report is a basis when it has done this share of its items. */
const TELLING_SHARE = 0.05;

/** Before there is a basis in what is committed, batches that report their items are one. */
function reportedPace(
  committed: readonly CommittedBatch[],
  running: readonly RunningBatch[],
): Pace | undefined {
  let seconds = 0;
  let items = 0;
  for (const batch of running) {
    if (batch.done === null || batch.done <= 0 || batch.done < TELLING_SHARE * batch.count) continue;
    seconds += batch.seconds;
    items += batch.done;
  }
  if (items === 0 || committed.length > 0) return undefined;
  return { startup: 0, secondsPerItem: () => seconds / items, spread: 0.2 };
}
