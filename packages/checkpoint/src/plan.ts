import type { Cadence } from '@milepost/shared/job';

// What remains to do and what comes next. Pure.

/** `count` items from `first` on. */
export interface Range {
  first: number;
  count: number;
}

/** Items 0 to `total` that none of `covered` holds, in order. `covered` may overlap and be in any order. */
export function gaps(total: number, covered: readonly Range[]): Range[] {
  const sorted = [...covered].sort((a, b) => a.first - b.first);
  const found: Range[] = [];
  let at = 0;
  for (const range of sorted) {
    if (range.first >= total) break;
    if (range.first > at) found.push({ first: at, count: range.first - at });
    at = Math.max(at, range.first + range.count);
  }
  if (at < total) found.push({ first: at, count: total - at });
  return found;
}

/** How many items `ranges` hold; they must not overlap. */
export function itemsIn(ranges: readonly Range[]): number {
  let items = 0;
  for (const range of ranges) items += range.count;
  return items;
}

export interface PlanInput {
  total: number;
  every: Cadence;
  /** Committed, or running, or given up for this run. */
  taken: readonly Range[];
  /** Damaged batches, not yet taken again: done again with their own first and count, before anything else. */
  redo: readonly Range[];
  /** Used only for a cadence of time. */
  nextCount: number;
}

/** The next batch to start, or undefined where all is taken. */
export function nextBatch({ total, every, taken, redo, nextCount }: PlanInput): Range | undefined {
  const again = redo.find((range) => !taken.some((other) => overlap(range, other)));
  if (again) return again;
  const gap = gaps(total, taken)[0];
  if (!gap) return undefined;
  const wanted = 'items' in every ? every.items - (gap.first % every.items) : Math.max(1, nextCount);
  return { first: gap.first, count: Math.min(wanted, gap.count) };
}

function overlap(a: Range, b: Range): boolean {
  return a.first < b.first + b.count && b.first < a.first + a.count;
}

/** How long one committed attempt of a batch took. */
export interface BatchTiming {
  count: number;
  seconds: number;
}

/** With a time as cadence, never more than this many times the largest batch so far. */
const GROWTH = 4;
/** How many of the last batches teach. */
const MEMORY = 8;

/**
 * How many items the next batch should hold to take `targetSeconds`: seconds = a + b x items, by least squares over
 * the last 8 batches, so that a slow start-up is not taken for slow items. Starts with a thousandth of the total,
 * grows at most 4 times over the largest recent batch, and shrinks at once.
 *
 * `timings` in the order of their commits, first attempts only.
 */
export function sizeForTime(total: number, targetSeconds: number, timings: readonly BatchTiming[]): number {
  const recent = timings.slice(-MEMORY);
  if (recent.length === 0) return Math.max(1, Math.floor(total / 1000));
  const largest = Math.max(...recent.map((timing) => timing.count));
  const { startSeconds, itemSeconds } = fitTimings(recent);
  const fitting = itemSeconds > 0 ? (targetSeconds - startSeconds) / itemSeconds : Number.POSITIVE_INFINITY;
  const wanted = Math.min(fitting, largest * GROWTH, total);
  return Math.max(1, Math.floor(wanted));
}

/** Least squares of seconds = start + item x count, neither below 0. */
export function fitTimings(timings: readonly BatchTiming[]): { startSeconds: number; itemSeconds: number } {
  const n = timings.length;
  const meanCount = timings.reduce((sum, timing) => sum + timing.count, 0) / n;
  const meanSeconds = timings.reduce((sum, timing) => sum + timing.seconds, 0) / n;
  let spread = 0;
  let together = 0;
  for (const { count, seconds } of timings) {
    spread += (count - meanCount) ** 2;
    together += (count - meanCount) * (seconds - meanSeconds);
  }
  const slope = spread > 0 ? together / spread : meanSeconds / meanCount;
  const start = meanSeconds - slope * meanCount;
  // A line that says items cost nothing, or less than nothing to start, is noise: then all time is the items'.
  if (slope <= 0 || start < 0) return { startSeconds: 0, itemSeconds: meanSeconds / meanCount };
  return { startSeconds: start, itemSeconds: slope };
}
