/**
 * The lines of `now` that were not in `before`, where each is the end of the same growing log: what stands behind the
 * longest end of `before` that `now` begins with. All of `now` where they share nothing. Pure.
 */
export function newLines(before: readonly string[], now: readonly string[]): string[] {
  for (let shared = Math.min(before.length, now.length); shared > 0; shared -= 1) {
    const start = before.length - shared;
    if (now.slice(0, shared).every((line, at) => line === before[start + at])) return now.slice(shared);
  }
  return [...now];
}
