import { chooseSource } from './choose.ts';
import type { Claim } from './claim.ts';
import { idOf, noteUnclosed, withClose } from './innerBars.ts';
import { isOver, moved, moveOf, newSource, type Source } from './source.ts';

/** More kinds of lines than this are not kept apart: the one that was silent for longest is forgotten. */
const MAX_SOURCES = 64;

/** All that is known of the sources of progress in an output. A plain value: `track` makes the next one. */
export interface Tracker {
  sources: Map<string, Source>;
  /** The id of the source that is shown. */
  chosen: string | null;
  claims: number;
  /** How many bars were drawn at each level. */
  draws: number[];
}

export function newTracker(): Tracker {
  return { sources: new Map(), chosen: null, claims: 0, draws: [] };
}

/** A tracker that can be tried out: what it tracks doesn't reach the first. */
export function copyTracker(tracker: Tracker): Tracker {
  return { ...tracker, sources: new Map(tracker.sources), draws: [...tracker.draws] };
}

/** Adds what a line claims. Changes the tracker, not the sources in it. */
export function track(tracker: Tracker, claim: Claim): void {
  tracker.claims += 1;
  const id = idOf(tracker.sources, claim);
  const level = Math.min(claim.level, 100);
  const drawn = (tracker.draws[level] ?? 0) + 1;
  tracker.draws[level] = drawn;
  const before = tracker.sources.get(id);
  if (before === undefined) {
    if (tracker.sources.size >= MAX_SOURCES) forgetOne(tracker);
    tracker.sources.set(id, newSource(claim, tracker.claims, drawn));
  } else {
    const move = moveOf(before, claim);
    const after = withClose(moved(before, claim, move, tracker.claims, drawn), claim);
    tracker.sources.set(id, after);
    if (claim.level === 0 && after.claim.level === 0) noteUnclosed(tracker.sources, before, claim);
    if (claim.kind === 'bar') {
      if (move === 'rose') noteRise(tracker, id, after);
      if (move === 'restarted' || (move === 'rose' && isOver(after))) noteEnd(tracker, id, after);
    }
  }
  tracker.chosen = chooseSource(tracker);
}

/** Whether the first of two bars may hold the second: it is drawn above it, or was there before it. */
function mayHold(outer: Source, inner: Source): boolean {
  if (outer.claim.level !== inner.claim.level) return outer.claim.level < inner.claim.level;
  return outer.born < inner.born;
}

/** A bar moved: others that are half way are asked, by their next move, whether they are within it. */
function noteRise(tracker: Tracker, id: string, source: Source): void {
  let after: Source = { ...source, isWitness: false };
  if (after.isInnerOver) after = { ...after, isInnerOver: false, movedAfter: after.movedAfter + 1 };
  else {
    for (const [otherId, other] of tracker.sources) {
      if (other.claim.kind !== 'bar' || otherId === id || !mayHold(source, other) || isOver(other)) continue;
      if (other.claim.at > other.startedAt) tracker.sources.set(otherId, { ...other, isWitness: true });
    }
  }
  tracker.sources.set(id, after);
  if (source.isWitness && !isOver(source)) {
    changeOuter(tracker, id, source, (outer) => ({ ...outer, movedBeside: outer.movedBeside + 1 }));
  }
}

/** A bar ended or began again: what may hold it may move now. */
function noteEnd(tracker: Tracker, id: string, source: Source): void {
  const { isWitness } = source;
  const now = tracker.sources.get(id);
  if (now) tracker.sources.set(id, { ...now, isWitness: false });
  changeOuter(tracker, id, source, (outer) =>
    isWitness ? { ...outer, movedAfter: outer.movedAfter + 1 } : { ...outer, isInnerOver: true },
  );
}

function changeOuter(tracker: Tracker, id: string, inner: Source, change: (outer: Source) => Source): void {
  for (const [otherId, other] of tracker.sources) {
    if (other.claim.kind === 'bar' && otherId !== id && mayHold(other, inner) && !isOver(other)) {
      tracker.sources.set(otherId, change(other));
    }
  }
}

function forgetOne(tracker: Tracker): void {
  let oldest: string | null = null;
  let seen = Number.POSITIVE_INFINITY;
  for (const [id, source] of tracker.sources) {
    if (id !== tracker.chosen && source.seen < seen) {
      oldest = id;
      seen = source.seen;
    }
  }
  if (oldest !== null) tracker.sources.delete(oldest);
}
