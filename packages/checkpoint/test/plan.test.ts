import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitTimings, gaps, nextBatch, type Range, sizeForTime } from '../src/plan.ts';

/** Takes batches until nothing remains, as a run without failures does. */
function takeAll(
  total: number,
  everyItems: number,
  done: readonly Range[],
  redo: readonly Range[] = [],
): Range[] {
  const taken = [...done];
  const started: Range[] = [];
  for (;;) {
    const batch = nextBatch({ total, every: { items: everyItems }, taken, redo, nextCount: 1 });
    if (!batch) return started;
    taken.push(batch);
    started.push(batch);
  }
}

describe('batches by count', () => {
  test('start at multiples of the count, and the last is shorter', () => {
    expect(takeAll(1050, 500, [])).toEqual([
      { first: 0, count: 500 },
      { first: 500, count: 500 },
      { first: 1000, count: 50 },
    ]);
  });

  test('a gap between finished batches is filled and nothing else', () => {
    const done = [
      { first: 0, count: 100 },
      { first: 200, count: 100 },
    ];
    expect(takeAll(300, 100, done)).toEqual([{ first: 100, count: 100 }]);
  });

  test('after a resume with another count they go on to the next multiple of the new one', () => {
    expect(takeAll(1000, 400, [{ first: 0, count: 300 }])).toEqual([
      { first: 300, count: 100 },
      { first: 400, count: 400 },
      { first: 800, count: 200 },
    ]);
  });

  test('a damaged batch comes first, with its own first and count', () => {
    const done = [{ first: 0, count: 100 }];
    const redo = [{ first: 100, count: 70 }];
    expect(takeAll(300, 100, done, redo)).toEqual([
      { first: 100, count: 70 },
      { first: 170, count: 30 },
      { first: 200, count: 100 },
    ]);
  });

  test('whatever is done, the rest is covered once and exactly', () => {
    const ranges = fc.array(fc.record({ first: fc.nat(500), count: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 120 }),
        ranges,
        (total, every, done) => {
          const times = new Array<number>(total).fill(0);
          const open = new Set(gaps(total, done).flatMap(({ first, count }) => span(first, count)));
          for (const { first, count } of takeAll(total, every, done)) {
            expect(Math.floor(first / every)).toBe(Math.floor((first + count - 1) / every));
            for (const item of span(first, count)) times[item] = (times[item] ?? 0) + 1;
          }
          times.forEach((count, item) => {
            expect(count).toBe(open.has(item) ? 1 : 0);
          });
        },
      ),
    );
  });
});

function span(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, offset) => first + offset);
}

describe('batches by time', () => {
  test('start small', () => {
    expect(sizeForTime(30_000, 120, [])).toBe(30);
    expect(sizeForTime(10, 120, [])).toBe(1);
  });

  test('grow at most four times at once', () => {
    expect(sizeForTime(1_000_000, 120, [{ count: 10, seconds: 0.1 }])).toBe(40);
  });

  test('a slow start-up is not taken for slow items', () => {
    // 30 s to start, 0.1 s an item: 120 s hold 900 items.
    const timings = [10, 40, 160, 640].map((count) => ({ count, seconds: 30 + 0.1 * count }));
    expect(sizeForTime(1_000_000, 120, timings)).toBe(900);
  });

  test('shrink at once when items become slow', () => {
    const slow = [100, 110, 120].map((count) => ({ count, seconds: 10 * count }));
    expect(sizeForTime(1_000_000, 120, slow)).toBe(12);
  });

  test('noise that makes items look free is not believed', () => {
    expect(
      fitTimings([
        { count: 10, seconds: 20 },
        { count: 20, seconds: 10 },
      ]),
    ).toEqual({
      startSeconds: 0,
      itemSeconds: 1,
    });
  });
});
