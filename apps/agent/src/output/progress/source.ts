import { type Claim, KINDS } from './claim.ts';

/** One bar, or one kind of line, over all of its redraws. */
export interface Source {
  /** What it said last. */
  claim: Claim;
  /** How often it began: a second bar of the same name is a second turn of the same source. */
  turns: number;
  /** The number at which this turn began. */
  startedAt: number;
  /** What the turns before this one had reached, together. */
  earlier: number;
  rises: number;
  /** It went back without beginning again: it is no progress, or more than one thing under one name. */
  isUnclear: boolean;
  /** A number 0 was seen: what it counts from, so that `Epoch 3/100` has three behind it. */
  isFromZero: boolean;
  /** The tracker's count of claims when it was first and last seen, and the draws at its level when last seen. */
  born: number;
  seen: number;
  drawn: number;
  /** A bar that may be within others: one of them moved while this one was half way. */
  isWitness: boolean;
  /** The tracker's count when this turn reached its end; null: it hasn't. */
  endedAt: number | null;
  /** For tqdm's inner bars: it was drawn a last time, where the outermost is; and whether it does so at all. */
  isClosed: boolean;
  leaves: boolean | null;
  /** For a bar that may hold others: how often it moved while another was half way, and how often as one ended. */
  movedBeside: number;
  movedAfter: number;
  /** A bar that it may hold has ended since it last moved. */
  isInnerOver: boolean;
}

/** A source when it is first seen. */
export function newSource(claim: Claim, seen: number, drawn: number): Source {
  return {
    claim,
    turns: 1,
    startedAt: claim.at,
    earlier: 0,
    rises: 0,
    isUnclear: false,
    isFromZero: claim.at === 0,
    born: seen,
    seen,
    drawn,
    isWitness: false,
    isClosed: false,
    leaves: null,
    endedAt: claim.at === claim.total && !claim.isBegun ? seen : null,
    movedBeside: 0,
    movedAfter: 0,
    isInnerOver: false,
  };
}

export type Move = 'same' | 'rose' | 'restarted' | 'unclear';

/** How a source moves by what it says next. */
export function moveOf(source: Source, next: Claim): Move {
  const { claim } = source;
  if (source.isUnclear) return 'unclear';
  // What the person's own pattern finds is taken as it stands.
  if (claim.kind === 'pattern') return next.at > claim.at ? 'rose' : 'same';
  const hasClock = next.elapsedSeconds !== null && claim.elapsedSeconds !== null;
  const clock = hasClock ? (next.elapsedSeconds ?? 0) - (claim.elapsedSeconds ?? 0) : null;
  // A bar's own clock goes back when it begins again, and then to its beginning; else two bars have one text.
  if (clock !== null && clock < 0) {
    return (next.elapsedSeconds ?? 0) * 2 <= (claim.elapsedSeconds ?? 0) ? 'restarted' : 'unclear';
  }
  if (next.at >= claim.at) {
    if (isOver(source) && next.total !== null && next.total !== claim.total) return 'restarted';
    return next.at > claim.at ? 'rose' : 'same';
  }
  if (claim.at - next.at <= next.slack) return 'same';
  if (clock !== null && clock > 0 && !isOver(source)) return 'unclear';
  return isBeginning(source, next) ? 'restarted' : 'unclear';
}

/** Whether a number below the one before is where something begins again, or just a fall. */
function isBeginning(source: Source, next: Claim): boolean {
  const { claim, startedAt } = source;
  const isLow = next.total !== null && next.at <= next.total / 10;
  // What needs to prove itself must have come near its end before.
  if (next.risesNeeded > 1) return isLow && claim.total !== null && claim.at >= claim.total * 0.9;
  return (isOver(source) && isLow) || next.at === startedAt || (next.at < startedAt && isLow);
}

/** The source as it is after that move. */
export function moved(source: Source, next: Claim, move: Move, seen: number, drawn: number): Source {
  const isFromZero = source.isFromZero || next.at === 0;
  const now = { ...source, isFromZero, seen, drawn };
  // At the end of a bar that is cut off no unit stands.
  const unit = next.unit ?? source.claim.unit;
  if (move === 'unclear') return { ...now, isUnclear: true };
  if (move === 'restarted') {
    return {
      ...now,
      claim: { ...next, unit },
      turns: source.turns + 1,
      startedAt: next.at,
      endedAt: null,
      earlier: Math.min(source.earlier + doneOf(source), Number.MAX_SAFE_INTEGER),
    };
  }
  // Within the slack the highest number holds.
  const at = next.kind === 'pattern' ? next.at : Math.max(source.claim.at, next.at);
  const level = Math.max(source.claim.level, next.level);
  const after = {
    ...now,
    claim: { ...next, at, level, unit },
    rises: source.rises + (move === 'rose' ? 1 : 0),
  };
  // What has still to be believed must rise to one total.
  if (next.total !== source.claim.total && !isBelieved(source)) after.rises = 0;
  return { ...after, endedAt: isOver(after) ? (source.endedAt ?? seen) : null };
}

/** Whether it stands at its total. What has only begun doesn't. */
export function isOver({ claim }: Source): boolean {
  return claim.total !== null && claim.at >= claim.total && !claim.isBegun;
}

/** Whether it has shown enough to be taken for progress. */
export function isBelieved(source: Source): boolean {
  return !source.isUnclear && source.rises >= source.claim.risesNeeded;
}

/** What is done of this turn. */
export function doneOf({ claim, isFromZero }: Source): number {
  return claim.isBegun && !isFromZero ? Math.max(0, claim.at - 1) : claim.at;
}

/** The total of this turn; where a count from 0 reaches it, there is one more. */
export function totalOf({ claim, isFromZero }: Source): number | null {
  return claim.isBegun && isFromZero && claim.at === claim.total ? claim.total + 1 : claim.total;
}

/** Its place in the precedence: a smaller one counts more. What began again is a part of something larger. */
export function rankOf(source: Source): number {
  return KINDS.indexOf(source.claim.kind) + (source.turns > 1 ? KINDS.length : 0);
}
