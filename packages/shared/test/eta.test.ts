import { type EtaInput, estimateEta } from '@milepost/shared/eta';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** `n` batches of 100 items, 10 s each. */
const batches = (n: number, seconds = 10, run = 1) =>
  Array.from({ length: n }, () => ({ count: 100, seconds, run }));

const ask = (input: Partial<EtaInput>) =>
  estimateEta({ committed: [], running: [], remaining: 1000, jobs: 1, every: { items: 100 }, ...input });

describe('before there is a basis it says nothing', () => {
  test('nothing is done', () => {
    expect(ask({})).toEqual({ etaSeconds: null, itemsPerSecond: null });
  });

  test('one batch of many is done', () => {
    expect(ask({ committed: batches(1), remaining: 9900 }).etaSeconds).toBeNull();
  });

  test('the first batches still get faster from one to the next', () => {
    const committed = [50, 34, 24, 18].map((seconds) => ({ count: 100, seconds, run: 1 }));
    expect(ask({ committed, remaining: 9000 }).etaSeconds).toBeNull();
  });

  test('starting a batch costs so much that nobody knows what an item costs', () => {
    const committed = [
      { count: 1, seconds: 20.1, run: 1 },
      { count: 4, seconds: 20.4, run: 1 },
    ];
    expect(ask({ committed, remaining: 9000, every: { seconds: 120 } }).etaSeconds).toBeNull();
  });
});

describe('what is a basis', () => {
  test('two batches that agree', () => {
    expect(ask({ committed: batches(2) })).toEqual({ etaSeconds: 100, itemsPerSecond: 10 });
  });

  test('one batch that is a good part of the whole', () => {
    expect(ask({ committed: batches(1), remaining: 400 }).etaSeconds).toBe(40);
  });

  test('a running batch that reports its items', () => {
    expect(ask({ running: [{ count: 100, seconds: 5, done: 50 }] }).etaSeconds).toBeCloseTo(95);
  });

  test('nothing is left', () => {
    expect(ask({ committed: batches(10), remaining: 0 }).etaSeconds).toBe(0);
  });
});

describe('what runs now counts', () => {
  test('a batch that has run for a while leaves the rest of its time', () => {
    const eta = ask({ committed: batches(20), running: [{ count: 100, seconds: 4, done: null }] });
    expect(eta.etaSeconds).toBeCloseTo(96, 0);
  });

  test('what it reports wins over how long it has run', () => {
    const eta = ask({ committed: batches(20), running: [{ count: 100, seconds: 4, done: 90 }] });
    expect(eta.etaSeconds).toBeCloseTo(91);
  });

  test('a batch that is late leaves little, never less than nothing, and not more than a batch', () => {
    for (const seconds of [12, 30, 28_800]) {
      const eta = ask({
        committed: batches(20),
        remaining: 100,
        running: [{ count: 100, seconds, done: null }],
      });
      expect(eta.etaSeconds).toBeGreaterThan(0);
      expect(eta.etaSeconds).toBeLessThanOrEqual(10);
    }
  });
});

describe('side by side', () => {
  test('four at once take a quarter of the time', () => {
    const eta = ask({ committed: batches(20), remaining: 4000, jobs: 4 });
    expect(eta).toEqual({ etaSeconds: 100, itemsPerSecond: 40 });
  });

  test('a fifth batch waits for a place', () => {
    expect(ask({ committed: batches(20), remaining: 500, jobs: 4 }).etaSeconds).toBe(20);
  });

  test('more places than batches don’t make the last ones faster', () => {
    expect(ask({ committed: batches(20), remaining: 200, jobs: 64 }).etaSeconds).toBe(10);
  });
});

describe('what changes', () => {
  test('a batch in whose time the machine slept does not count', () => {
    const committed = [...batches(10), { count: 100, seconds: 28_800, run: 1 }];
    expect(ask({ committed }).etaSeconds).toBeCloseTo(100);
    expect(ask({ committed: [...committed, ...batches(5)] }).etaSeconds).toBeCloseTo(100);
  });

  test('nor do all that ran side by side then', () => {
    const committed = [...batches(20), ...batches(4, 28_800)];
    expect(ask({ committed, jobs: 4, remaining: 4000 }).etaSeconds).toBeCloseTo(100);
  });

  test('a machine that is slower after a resume is seen from its first batches on', () => {
    const committed = [...batches(40, 10, 1), ...batches(3, 20, 2)];
    expect(ask({ committed }).etaSeconds).toBeCloseTo(200);
  });

  test('items that get dearer go on getting dearer', () => {
    // 100 batches of 10 to 20 s; 100 more would take 20 to 30 s each.
    const committed = Array.from({ length: 100 }, (_, at) => ({ count: 100, seconds: 10 + at / 10, run: 1 }));
    const eta = ask({ committed, remaining: 10_000 }).etaSeconds ?? 0;
    expect(eta).toBeGreaterThan(2250);
    expect(eta).toBeLessThan(2600);
  });

  test('what starting a batch costs is not taken for what items cost', () => {
    // 10 s to start, 0.1 s an item; sized for 120 s there are 1100 items in a batch.
    const committed = [1, 4, 16, 64, 256, 1024].map((count) => ({ count, seconds: 10 + count / 10, run: 1 }));
    const eta = ask({ committed, remaining: 110_000, every: { seconds: 120 } }).etaSeconds ?? 0;
    expect(Math.abs(eta - 12_000)).toBeLessThan(600);
  });
});

test('whatever it is given, it answers with a number from 0 on or with null', () => {
  const seconds = fc.double({ min: 0, max: 1e9, noNaN: true });
  const count = fc.integer({ min: 1, max: 1e9 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ count, seconds, run: fc.integer({ min: 1, max: 4 }) }), { maxLength: 40 }),
      fc.array(fc.record({ count, seconds, done: fc.option(count) }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 1e12 }),
      fc.integer({ min: 1, max: 1024 }),
      fc.oneof(
        fc.record({ items: count }),
        fc.record({ seconds: fc.double({ min: 1e-3, max: 1e6, noNaN: true }) }),
      ),
      (committed, running, remaining, jobs, every) => {
        const eta = estimateEta({ committed, running, remaining, jobs, every });
        if (eta.etaSeconds !== null) {
          expect(Number.isFinite(eta.etaSeconds)).toBe(true);
          expect(eta.etaSeconds).toBeGreaterThanOrEqual(0);
        }
        if (eta.itemsPerSecond !== null) expect(eta.itemsPerSecond).toBeGreaterThan(0);
      },
    ),
  );
});
