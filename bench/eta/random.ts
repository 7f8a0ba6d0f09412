/** Random numbers that a seed fixes. */
export interface Random {
  /** Evenly from 0 to below 1. */
  uniform(): number;
  /** Normal, mean 0, standard deviation 1. */
  normal(): number;
}

/** Mulberry32, and Box-Muller on top of it. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function uniform(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
