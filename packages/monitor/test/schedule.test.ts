import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_INTERVALS, nextPollDelay, type ScheduleInput, sleptThrough } from '../src/schedule.ts';

const QUIET: ScheduleInput = {
  attention: 'background',
  isRunning: false,
  isExpecting: false,
  isSparing: false,
  failures: 0,
  isRefused: false,
  tookMs: 0,
  random: 0.5,
};
const delay = (input: Partial<ScheduleInput>): number | null =>
  nextPollDelay({ ...QUIET, ...input }, DEFAULT_INTERVALS);

describe('the next poll', () => {
  it('comes after 30 s while something runs, 5 s while somebody looks or a resume is awaited, else later', () => {
    expect(delay({ isRunning: true })).toBe(30_000);
    expect(delay({ isRunning: true, attention: 'watching' })).toBe(5000);
    expect(delay({ isExpecting: true })).toBe(5000);
    expect(delay({})).toBe(120_000);
  });

  it('comes half as often on battery, unless somebody waits for it', () => {
    expect(delay({ isRunning: true, isSparing: true })).toBe(60_000);
    expect(delay({ isSparing: true })).toBe(240_000);
    expect(delay({ isSparing: true, attention: 'watching' })).toBe(5000);
    expect(delay({ isSparing: true, isExpecting: true })).toBe(5000);
  });

  it('is known to have been slept through by the wall clock', () => {
    expect(sleptThrough(1000, 31_000)).toBe(false);
    expect(sleptThrough(1000, 3_600_000)).toBe(true);
    expect(sleptThrough(3_600_000, 1000)).toBe(false);
  });

  it('keeps its interval from start to start, and never comes at once', () => {
    expect(delay({ isRunning: true, tookMs: 10_000 })).toBe(20_000);
    expect(delay({ isRunning: true, tookMs: 90_000 })).toBe(3000);
  });

  it('backs off with full jitter up to 5 min when the host fails, and never when it refused', () => {
    expect(delay({ failures: 1, random: 0.999 })).toBeLessThan(10_000);
    expect(delay({ failures: 3, random: 0.5 })).toBe(20_000);
    expect(delay({ failures: 1, random: 0 })).toBe(1000);
    expect(delay({ isRefused: true, failures: 1 })).toBeNull();
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const delayMs = delay({ failures: failures + 1, random }) ?? Number.NaN;
          expect(delayMs).toBeGreaterThanOrEqual(1000);
          expect(delayMs).toBeLessThanOrEqual(300_000);
        },
      ),
    );
  });
});
