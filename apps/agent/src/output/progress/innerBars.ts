import type { Claim } from './claim.ts';
import { isOver, type Source } from './source.ts';

// tqdm draws an inner bar some lines below the outermost, but, unless it is told not to leave it, a last time at the
// outermost's own place. Bars without a text, and of one length, then look the same.

const MAX_LEVELS = 20;

/** The id of the source that a claim is of: bars of one text at several levels are several. */
export function idOf(sources: ReadonlyMap<string, Source>, claim: Claim): string {
  const own = `${claim.key} ${Math.min(claim.level, MAX_LEVELS)}`;
  if (claim.level > 0 || !claim.key.startsWith('tqdm:')) return own;
  const outer = sources.get(own);
  for (let level = 1; level <= MAX_LEVELS; level += 1) {
    const id = `${claim.key} ${level}`;
    const inner = sources.get(id);
    if (inner && isOfInner(inner, outer, claim)) return id;
  }
  return own;
}

function isOfInner(inner: Source, outer: Source | undefined, claim: Claim): boolean {
  if (inner.claim.total !== claim.total || !goesOn(inner, claim)) return false;
  if (outer === undefined) return true;
  const hasName = inner.claim.from === claim.from;
  if (hasName !== (outer.claim.from === claim.from)) return hasName;
  if (outer.claim.total !== claim.total || !goesOn(outer, claim)) return true;
  // Both could be meant.
  if (inner.isClosed) return false;
  if (claim.at > outer.claim.at + 1) return true;
  return inner.leaves !== false && isOver(inner) && claim.at === inner.claim.at;
}

function goesOn({ claim }: Source, next: Claim): boolean {
  return next.at >= claim.at && (next.elapsedSeconds ?? 0) >= (claim.elapsedSeconds ?? 0);
}

/** An inner bar after a claim of it: drawn at the outermost's place it is closed. */
export function withClose(source: Source, claim: Claim): Source {
  if (source.claim.level === 0) return source;
  return claim.level === 0 ? { ...source, isClosed: true, leaves: true } : { ...source, isClosed: false };
}

/** The outermost bar moved while an inner one had ended and wasn't drawn a last time: that one isn't left. */
export function noteUnclosed(sources: Map<string, Source>, outer: Source, claim: Claim): void {
  if (!claim.key.startsWith('tqdm:')) return;
  for (const [id, source] of sources) {
    if (source.claim.key !== claim.key || source.claim.level === 0 || source.leaves !== null) continue;
    if (isOver(source) && source.seen > outer.seen) sources.set(id, { ...source, leaves: false });
  }
}
