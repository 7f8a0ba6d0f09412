import { median } from './robust.ts';

/** Counts that vary less than this tell nothing of a start-up. */
const TELLING_RATIO = 1.4;
/** A start-up is believed when it explains this share of how neighbours differ. */
const BELIEVED = 0.85;

export interface Timed {
  count: number;
  seconds: number;
}

/**
 * What starting a batch costs, in items: seconds = pace x (start-up + items). Found where neighbouring batches then
 * differ least, which a pace that drifts or jumps doesn't disturb. 0 where all batches are of a size.
 */
export function startupItems(batches: readonly Timed[]): number {
  const counts = batches.map((batch) => batch.count);
  const largest = Math.max(...counts);
  const smallest = Math.min(...counts);
  if (batches.length < 2 || largest < TELLING_RATIO * smallest) return 0;
  let best = 0;
  const none = roughness(batches, 0);
  let least = none * BELIEVED;
  // From far below the smallest batch to far above the largest.
  for (let candidate = smallest / 8; candidate <= largest * 32; candidate *= 1.25) {
    const rough = roughness(batches, candidate);
    if (rough < least) {
      least = rough;
      best = candidate;
    }
  }
  return best;
}

function roughness(batches: readonly Timed[], startup: number): number {
  let sum = 0;
  const paces = batches.map(({ count, seconds }) => Math.log(Math.max(seconds, 1e-6) / (startup + count)));
  const usual = median(paces);
  for (let at = 1; at < paces.length; at += 1) {
    // What is far off is off for another reason: it counts, but no more than so much.
    sum += Math.min(Math.abs((paces[at] ?? usual) - (paces[at - 1] ?? usual)), 2);
  }
  return sum;
}
