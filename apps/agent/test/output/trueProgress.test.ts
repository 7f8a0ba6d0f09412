import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trueProgress } from '../../src/output/trueProgress.ts';

const earlier = { completed: 40, total: 100, key: 'tqdm:' };

describe('after a resume', () => {
  test.each([
    [
      'it goes on at 40 of 100',
      { completed: 40, total: 100, key: 'tqdm:' },
      { completed: 40, total: 100, offset: 0 },
    ],
    [
      'it begins again at 0 of 60',
      { completed: 0, total: 60, key: 'tqdm:' },
      { completed: 40, total: 100, offset: 40 },
    ],
    [
      'it is at 25 of 60',
      { completed: 25, total: 60, key: 'tqdm:' },
      { completed: 65, total: 100, offset: 40 },
    ],
    [
      'its checkpoint was at 38',
      { completed: 1, total: 62, key: 'tqdm:' },
      { completed: 39, total: 100, offset: 38 },
    ],
    [
      'it does all of it again',
      { completed: 3, total: 100, key: 'tqdm:' },
      { completed: 3, total: 100, offset: 0 },
    ],
    [
      'more is missing than was done',
      { completed: 3, total: 50, key: 'tqdm:' },
      { completed: 3, total: 50, offset: 0 },
    ],
    [
      'there is more to do now',
      { completed: 3, total: 200, key: 'tqdm:' },
      { completed: 3, total: 200, offset: 0 },
    ],
    ['another bar', { completed: 3, total: 60, key: 'tqdm:Eval' }, { completed: 3, total: 60, offset: 0 }],
    ['no total', { completed: 3, total: null, key: 'tqdm:' }, { completed: 3, total: null, offset: 0 }],
  ])('%s', (_, reading, expected) => {
    expect(trueProgress({ earlier, reading })).toEqual(expected);
  });

  test('without an earlier run, or without its total, it stands as it is', () => {
    const reading = { completed: 3, total: 60, key: 'tqdm:' };
    expect(trueProgress({ earlier: null, reading })).toEqual({ completed: 3, total: 60, offset: 0 });
    expect(trueProgress({ earlier: { ...earlier, total: null }, reading })).toEqual({
      completed: 3,
      total: 60,
      offset: 0,
    });
  });
});

test('a program that counts what is left is followed over any number of resumes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      (total, shares) => {
        let before: { completed: number; total: number | null; key: string } | null = null;
        let done = 0;
        for (const share of shares) {
          const left: number = total - done;
          if (left === 0) break;
          const now = Math.floor(left * share);
          const { completed, total: whole } = trueProgress({
            earlier: before,
            reading: { completed: now, total: left, key: 'k' },
          });
          done += now;
          expect({ completed, whole }).toEqual({ completed: done, whole: total });
          before = { completed, total: whole, key: 'k' };
        }
      },
    ),
  );
});
