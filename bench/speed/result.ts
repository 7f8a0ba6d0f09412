/** One line of the table of speeds. */
export interface SpeedResult {
  what: string;
  ours: string;
  against: string;
  /** Such as `1.42 x` or `0.16 s`. */
  measured: string;
  goal: string;
  met: boolean;
  /** What explains the figure. */
  note: string | null;
}

/** Milliseconds for people. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** A result that is a ratio in pairs. */
export function ratioResult(
  what: string,
  pairs: { oursMs: number; bareMs: number; ratio: number },
  limit: number,
  note: string | null = null,
): SpeedResult {
  return {
    what,
    ours: duration(pairs.oursMs),
    against: duration(pairs.bareMs),
    measured: `${pairs.ratio.toFixed(2)} x`,
    goal: `${limit} x`,
    met: pairs.ratio <= limit,
    note,
  };
}
