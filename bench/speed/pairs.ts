/** What two things cost that were done in turn: ours, and what it is held against. Milliseconds. */
export interface Pairs {
  oursMs: number;
  bareMs: number;
  /** The median of the pairs' ratios: what disturbs one pair does not reach the others. */
  ratio: number;
}

export const PAIRS = 15;

/** Does both in turn, A B A B, after one pair that isn't counted. Each returns its own milliseconds. */
export async function inPairs(
  ours: (pair: number) => Promise<number>,
  bare: (pair: number) => Promise<number>,
  pairs = PAIRS,
): Promise<Pairs> {
  const measured: { ours: number; bare: number }[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const one = { ours: await ours(pair), bare: await bare(pair) };
    if (pair > 0) measured.push(one);
  }
  return {
    oursMs: middle(measured.map((one) => one.ours)),
    bareMs: middle(measured.map((one) => one.bare)),
    ratio: middle(measured.map((one) => one.ours / one.bare)),
  };
}

/** The median. */
export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown> | unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
