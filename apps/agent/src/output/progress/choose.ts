import { doneOf, isBelieved, isOver, rankOf, type Source, totalOf } from './source.ts';
import type { Tracker } from './tracker.ts';

/** What is done, and of how much. */
export interface Standing {
  completed: number;
  total: number | null;
  unit: string | null;
  from: string;
  key: string;
}

/** So many redraws of another bar at its place, and none of its own: a bar was left. */
const SILENT_DRAWS = 5;

/**
 * The id of the source that is shown: the believed one that comes first in the precedence. Among equals the one that
 * was chosen stays until it is over.
 */
export function chooseSource(tracker: Tracker): string | null {
  let best: string | null = null;
  let bestSource: Source | null = null;
  let outermost = Number.POSITIVE_INFINITY;
  for (const { claim } of tracker.sources.values()) {
    if (claim.kind === 'bar') outermost = Math.min(outermost, claim.level);
  }
  for (const [id, source] of tracker.sources) {
    // A bar that is drawn below another one is within it.
    if (!isBelieved(source) || source.claim.level > outermost) continue;
    if (bestSource === null || isBetter(tracker, id, source, bestSource)) {
      best = id;
      bestSource = source;
    }
  }
  return best;
}

function isBetter(tracker: Tracker, id: string, source: Source, than: Source): boolean {
  // What has reached its end while something else goes on was a part.
  const leftFirst = isLeft(than, source);
  const leftSecond = isLeft(source, than);
  if (leftFirst !== leftSecond) return leftFirst;
  const [outer, inner] = source.born < than.born ? [source, than] : [than, source];
  if (mayBeAround(outer, inner)) return outer === source;
  const rank = rankOf(source) - rankOf(than);
  if (rank !== 0) return rank < 0;
  if (isSilent(than, source) !== isSilent(source, than)) return isSilent(than, source);
  if (isOver(than) && isOver(source)) return source.born > than.born;
  return id === tracker.chosen;
}

/**
 * Whether the first of two sources, which was there before the second, is the one around it although its kind counts
 * less: a bar before the first epoch, `Fold 1/5` before them, `Step 2/3: training` before a bar.
 */
function mayBeAround(outer: Source, inner: Source): boolean {
  if (outer.turns > 1 || inner.turns > 1 || isOver(outer) || isOver(inner)) return false;
  if (outer.claim.kind === 'bar') return inner.claim.kind === 'epoch';
  const isAnnounced = outer.claim.kind === 'counter' && outer.claim.isBegun;
  return isAnnounced && (inner.claim.kind === 'bar' || inner.claim.kind === 'epoch');
}

/** It reached its total, and the other began after that, or goes on. */
function isLeft(source: Source, other: Source): boolean {
  if (!isOver(source) || source.endedAt === null) return false;
  return other.born > source.endedAt || (!isOver(other) && other.seen > source.seen);
}

function isSilent(source: Source, other: Source): boolean {
  return (
    source.claim.kind === 'bar' &&
    other.claim.level === source.claim.level &&
    other.drawn - source.drawn >= SILENT_DRAWS
  );
}

/** What the chosen source says of the whole; null where that is not clear. */
export function standingOf(tracker: Tracker): Standing | null {
  const source = tracker.chosen === null ? undefined : tracker.sources.get(tracker.chosen);
  if (!source) return null;
  const { claim, turns, earlier } = source;
  const { key, from, unit } = claim;
  const done = doneOf(source);
  if (turns > 1 || claim.isPart) {
    // Percents of several things are no percent of all of them.
    const completed = earlier + done;
    if (unit === '%' || !Number.isSafeInteger(completed)) return null;
    return { completed, total: null, unit, key, from: turns > 1 ? `${from}, ${ordinal(turns)} time` : from };
  }
  if (claim.kind === 'bar' && source.movedBeside > source.movedAfter) return sideBySide(tracker, source);
  if (claim.kind === 'bar' && (isDoubtful(tracker, source) || isHeld(tracker, source))) return null;
  return { completed: done, total: totalOf(source), unit, from, key };
}

/**
 * A bar that was there before the first `Epoch 1/10` may be around it or within it. The epochs' first step tells, if the
 * bar was drawn since they began: a bar within them begins again.
 */
function isDoubtful(tracker: Tracker, bar: Source): boolean {
  for (const { claim, rises, born, isUnclear, turns } of tracker.sources.values()) {
    if (claim.kind !== 'epoch' || isUnclear || born < bar.born || isOver(bar)) continue;
    if (turns === 1 && (rises === 0 || bar.seen < born)) return true;
  }
  return false;
}

/** Another bar was there before and still is, and is only not believed yet. */
function isHeld(tracker: Tracker, bar: Source): boolean {
  for (const other of tracker.sources.values()) {
    if (other.claim.kind !== 'bar' || other.isUnclear || isBelieved(other) || isOver(other)) continue;
    if (other.born < bar.born && other.seen > bar.born) return true;
  }
  return false;
}

/** Bars that run beside each other: all of them together, if they are of one kind and none came later. */
function sideBySide(tracker: Tracker, first: Source): Standing | null {
  const bars = [...tracker.sources.values()].filter(({ claim }) => claim.kind === 'bar');
  let completed = 0;
  let total = 0;
  for (const bar of bars) {
    const { claim } = bar;
    if (claim.total === null || claim.unit !== first.claim.unit || claim.unit === '%') return null;
    if (bar.turns > 1 || bar.isUnclear || claim.isPart) return null;
    completed += claim.at;
    total += claim.total;
  }
  const firstEnd = Math.min(...bars.map((bar) => (isOver(bar) ? bar.seen : Number.POSITIVE_INFINITY)));
  if (bars.some(({ born }) => born > firstEnd) || !Number.isSafeInteger(total)) return null;
  const { unit, key, from } = first.claim;
  return {
    completed,
    total,
    unit,
    key: `${bars.length} x ${key}`,
    from: `${bars.length} bars at once, among them ${from}`,
  };
}

function ordinal(turns: number): string {
  const last = turns % 10;
  const isTeen = turns % 100 > 10 && turns % 100 < 14;
  return `${turns}${!isTeen && last === 1 ? 'st' : !isTeen && last === 2 ? 'nd' : !isTeen && last === 3 ? 'rd' : 'th'}`;
}
