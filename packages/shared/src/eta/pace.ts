import { median, spreadOf } from './robust.ts';
import { lastStretch, type Point } from './segment.ts';
import { startupItems } from './startup.ts';

/** One committed attempt of a batch. */
export interface CommittedBatch {
  count: number;
  seconds: number;
  /** Which run it belongs to; where this changes the machine may be another. Left out: all of one run. */
  run?: number;
}

/** How fast the work goes now, and how that changes. */
export interface Pace {
  /** What starting a batch costs, in items. */
  startup: number;
  /** Seconds of one batch for each item, its start-up among them, `ahead` items after the last commit. */
  secondsPerItem(ahead: number): number;
  /** Standard deviation of a batch's seconds, as a share. */
  spread: number;
}

/** How many of the last batches are looked at: more would not make it better. */
const MEMORY = 256;
/** A batch that took more than this many times as long as its neighbours may have slept. */
const WILD_RATIO = 3;
/** And it is off by more than this many standard deviations. */
const WILD_SPREADS = 5;
/** A drift is believed for this many times the length in which it was seen, fading. */
const DRIFT_REACH = 3;
/** A drift goes no further down than to this share of the pace now. */
const LOWEST = 0.4;

/** The pace of the work from its committed batches, in the order of their commits; undefined: there are none. */
export function paceOf(committed: readonly CommittedBatch[], jobs: number): Pace | undefined {
  const recent = committed.slice(-MEMORY).filter((batch) => batch.count > 0 && batch.seconds >= 0);
  if (recent.length === 0) return undefined;
  const startup = startupItems(recent);
  const points: (Point & { seconds: number; units: number })[] = [];
  let position = 0;
  let run = recent[0]?.run;
  for (const batch of recent) {
    const units = startup + batch.count;
    points.push({
      level: Math.log(Math.max(batch.seconds, 1e-6) / units),
      position: position + batch.count / 2,
      startsRun: batch.run !== run,
      seconds: batch.seconds,
      units,
    });
    position += batch.count;
    run = batch.run;
  }
  const spread = spreadOf(points.map((point) => point.level));
  const kept = withoutWild(withoutCold(points, spread, jobs), spread, jobs);
  const stretch = lastStretch(kept, spread);
  const own = kept.slice(stretch.from);
  const seconds = own.reduce((sum, point) => sum + point.seconds, 0);
  const units = own.reduce((sum, point) => sum + point.units, 0);
  const even = seconds / units;
  const drift = stretch.drifts ? driftOf(own, even, spread) : undefined;
  return {
    startup,
    spread,
    secondsPerItem(ahead) {
      if (drift === undefined) return even;
      const now = even + drift.slope * (position - drift.middle);
      const reach = DRIFT_REACH * drift.span;
      const further = reach * (1 - Math.exp(-ahead / reach));
      return Math.max(even * LOWEST, now * LOWEST, now + drift.slope * further);
    },
  };
}

/** The first batches of a run that are slower than those after them by so many standard deviations found cold caches. */
const COLD_SPREADS = 1.5;

/** Leaves out first batches of a run that were slower than what followed. */
function withoutCold<T extends Point>(points: readonly T[], spread: number, jobs: number): T[] {
  const starts = points.flatMap((point, at) => (at === 0 || point.startsRun ? [at] : []));
  const cold = new Set<T>();
  starts.forEach((start, run) => {
    const own = points.slice(start, starts[run + 1]);
    const after = own.slice(jobs, jobs + 3);
    if (after.length === 0) return;
    const limit = median(after.map((point) => point.level)) + COLD_SPREADS * spread;
    for (const point of own.slice(0, jobs)) if (point.level > limit) cold.add(point);
  });
  const warm: T[] = [];
  let startsRun = false;
  for (const point of points) {
    startsRun ||= point.startsRun;
    if (cold.has(point)) continue;
    warm.push({ ...point, startsRun });
    startsRun = false;
  }
  return warm;
}

/** Leaves out batches that took far longer than those around them: the machine slept, or hung for a while. */
function withoutWild<T extends Point>(points: readonly T[], spread: number, jobs: number): T[] {
  // As many may have been hit at once as ran side by side.
  const reach = 2 * jobs + 1;
  const limit = Math.max(Math.log(WILD_RATIO), WILD_SPREADS * spread);
  const lowest = Math.min(...points.map((point) => point.level));
  let runStart = 0;
  return points.filter((point, at) => {
    if (point.startsRun) runStart = at;
    if (point.level - lowest <= limit) return true;
    const levels = (from: number, to: number) =>
      points.slice(Math.max(0, from), to).map((other) => other.level);
    const before = levels(at - reach, at);
    const after = levels(at + 1, at + 1 + reach);
    // What has no neighbours on one side is judged by the other; at the end so many could be the new pace, or have
    // been hit at once: they are not believed until one more has come, unless a run began with them.
    const unconfirmed = after.length < jobs;
    const aboveBefore = before.length === 0 ? !unconfirmed : point.level - median(before) > limit;
    const aboveAfter = unconfirmed ? before.length > 0 : point.level - median(after) > limit;
    if (!aboveBefore || !aboveAfter) return true;
    return unconfirmed && runStart > 0 && at - runStart < jobs;
  });
}

/** The even change of the pace along a stretch: a line by least squares, drawn in as far as chance may have made it. */
function driftOf(
  points: readonly (Point & { seconds: number; units: number })[],
  even: number,
  spread: number,
): { slope: number; middle: number; span: number } {
  const n = points.length;
  const weight = points.reduce((sum, point) => sum + point.units, 0);
  const middle = points.reduce((sum, point) => sum + point.units * point.position, 0) / weight;
  let xx = 0;
  let xy = 0;
  for (const point of points) {
    const x = point.position - middle;
    xx += (point.units / weight) * n * x * x;
    xy += (point.units / weight) * n * x * (point.seconds / point.units - even);
  }
  const span = (points.at(-1)?.position ?? 0) - (points[0]?.position ?? 0);
  if (xx === 0 || span === 0) return { slope: 0, middle, span: 1 };
  const slope = xy / xx;
  const chance = (even * spread) ** 2 / xx;
  const believed = Math.max(0, 1 - (4 * chance) / slope ** 2);
  return { slope: slope * believed, middle, span };
}
