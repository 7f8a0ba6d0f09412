// How long batches take that run side by side. Pure.

/** More batches than this are not laid out one by one. */
const LAID_OUT = 2000;

/**
 * The time until all is done: each batch goes to the place that is free first.
 *
 * @param busy seconds that each running batch still takes
 * @param batches how many are to come
 * @param secondsOf how long the `n`th of them takes, from 0
 * @param places how many run side by side
 */
export function makespan(
  busy: readonly number[],
  batches: number,
  secondsOf: (n: number) => number,
  places: number,
): number {
  const free = [...busy].sort((a, b) => a - b);
  while (free.length < places) free.unshift(0);
  let rest = 0;
  // Of very many only the last are laid out; the others fill all places evenly.
  const even = Math.max(0, batches - LAID_OUT);
  const stepSize = Math.max(1, Math.floor(even / LAID_OUT));
  for (let n = 0; n < even; n += stepSize) rest += secondsOf(n) * Math.min(stepSize, even - n);
  if (rest > 0)
    for (let place = 0; place < free.length; place += 1) free[place] = (free[place] ?? 0) + rest / places;
  for (let n = even; n < batches; n += 1) {
    let earliest = 0;
    for (let place = 1; place < free.length; place += 1) {
      if ((free[place] ?? 0) < (free[earliest] ?? 0)) earliest = place;
    }
    free[earliest] = (free[earliest] ?? 0) + secondsOf(n);
  }
  return Math.max(...free);
}

/**
 * What a batch still takes that has run for `elapsed` of its expected seconds: what is expected beyond that, given that
 * it has not ended yet.
 */
export function restOf(expected: number, elapsed: number, spread: number): number {
  const deviation = Math.max(0.02, spread) * expected;
  if (deviation <= 0) return 0;
  const z = (elapsed - expected) / deviation;
  if (z < -5) return expected - elapsed;
  if (z > 5) return Math.min(expected, deviation / z + 0.05 * (elapsed - expected));
  const density = Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
  return Math.max(0, deviation * (density / upperTail(z) - z));
}

/** The share of a normal distribution above z (Abramowitz and Stegun 26.2.17; good to 1e-7). */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}
