import { describe, expect, test } from 'vitest';
import { BENCH_SEEDS, compareOn, TUNING_SEEDS, tracesOf } from '../eta/compare.ts';
import { goalsOf } from '../eta/goals.ts';
import { traceKinds } from '../eta/traces.ts';

// The quick form of the comparison: fewer seeds and moments than `pnpm bench eta`, the same goals. Seeds make it
// the same every time.

const SEEDS = BENCH_SEEDS.slice(0, 10);
const MOMENTS = 120;

test('the seeds that it is judged on are none that it was tuned on', () => {
  expect(BENCH_SEEDS.filter((seed) => TUNING_SEEDS.includes(seed))).toEqual([]);
});

describe.each(traceKinds.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
  const comparison = compareOn(kind, tracesOf(kind, SEEDS), { moments: MOMENTS });

  test.each(goalsOf(comparison).map((goal) => [goal.what, goal] as const))('%s', (_, goal) => {
    expect(goal.value).toBeLessThanOrEqual(goal.limit);
  });

  test('it says nothing only at the start', () => {
    expect(comparison.ours.unknown).toBeLessThan(0.15);
  });
});
