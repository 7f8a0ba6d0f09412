// Statistics that a few wild values don't move. Pure.

/** The median; 0 of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** What a spread is taken for before anything is known: one batch in three is off by a fifth or more. */
const PRIOR_SPREAD = 0.2;
const PRIOR_WEIGHT = 2;
/** The median of the absolute difference of two normal values, in their standard deviations. */
const MEDIAN_DIFFERENCE = 0.6745 * Math.SQRT2;

/**
 * The standard deviation of values around a level that may drift or jump: from the differences of neighbours, so that
 * neither counts. Few values are blended with what batches usually have.
 */
export function spreadOf(values: readonly number[]): number {
  const differences: number[] = [];
  for (let at = 1; at < values.length; at += 1) {
    differences.push(Math.abs((values[at] ?? 0) - (values[at - 1] ?? 0)));
  }
  const seen = median(differences) / MEDIAN_DIFFERENCE;
  const variance =
    (differences.length * seen ** 2 + PRIOR_WEIGHT * PRIOR_SPREAD ** 2) / (differences.length + PRIOR_WEIGHT);
  return Math.sqrt(variance);
}
