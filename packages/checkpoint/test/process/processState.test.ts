import { describe, expect, test } from 'vitest';
import { describeProcess, noteProgress, type ProcessState } from '../../src/process/processState.ts';

const START = new Date('2026-11-24T12:00:00.000Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

function running(changes: Partial<ProcessState> = {}): ProcessState {
  return {
    status: 'running',
    stage: null,
    message: null,
    name: 'train',
    unit: 'steps',
    host: 'gpu-1',
    runs: 1,
    earlierSeconds: 0,
    startedMs: 0,
    startedAt: START,
    completed: null,
    total: null,
    from: null,
    gains: [],
    open: null,
    checkpoints: null,
    warning: null,
    ...changes,
  };
}
const report = (state: ProcessState, seconds: number) => describeProcess(state, seconds * 1000, at(seconds));

/** One step each `secondsPerStep`, told every second. */
function work(state: ProcessState, secondsPerStep: number, untilSecond: number, total: number | null): void {
  for (let second = 0; second <= untilSecond; second += 1) {
    noteProgress(
      state,
      { completed: Math.floor(second / secondsPerStep), total, from: 'tqdm' },
      second * 1000,
    );
  }
}

describe('the time that is left', () => {
  test('is not known before there is progress, nor without a total', () => {
    expect(report(running(), 100)).toMatchObject({ completed: null, etaSeconds: null, itemsPerSecond: null });
    const endless = running();
    work(endless, 1, 300, null);
    expect(report(endless, 300).etaSeconds).toBeNull();
    expect(report(endless, 300).itemsPerSecond).toBeCloseTo(1, 1);
  });

  test.each([
    [0.01, 60, 1_000_000],
    [1, 300, 1000],
    [600, 4 * 3600, 100],
  ])('is right to a tenth at %s s per step', (secondsPerStep, seconds, total) => {
    const state = running();
    work(state, secondsPerStep, seconds, total);
    const left = (total - Math.floor(seconds / secondsPerStep)) * secondsPerStep;
    const { etaSeconds } = report(state, seconds);
    expect(Math.abs((etaSeconds ?? Number.NaN) - left) / left).toBeLessThan(0.1);
    expect(state.gains.length).toBeLessThan(520);
  });

  test('does not count what was jumped over when a program counts anew', () => {
    const state = running();
    work(state, 1, 100, 1000);
    noteProgress(state, { completed: 5, total: 1000, from: 'tqdm' }, 101_000);
    noteProgress(state, { completed: 15, total: 1000, from: 'tqdm' }, 111_000);
    expect(state.gains.every(({ count, seconds }) => count / seconds < 1.5)).toBe(true);
    expect(report(state, 111)).toMatchObject({ completed: 15, total: 1000 });
  });
});

test('a source that proves unclear leaves nothing behind', () => {
  const state = running();
  work(state, 1, 100, 1000);
  noteProgress(state, null, 101_000);
  expect(report(state, 101)).toMatchObject({ completed: null, from: null, etaSeconds: null });
});

describe('what is at risk', () => {
  const saved = (second: number) => ({ path: 'a.pt', bytes: 1, modifiedAt: at(second).toISOString() });

  test('is the time since the newest whole checkpoint, or since the run began', () => {
    expect(report(running(), 600).atRiskSeconds).toBeNull();
    expect(report(running({ checkpoints: [] }), 240).atRiskSeconds).toBe(240);
    expect(report(running({ checkpoints: [saved(200), saved(100)] }), 240).atRiskSeconds).toBe(40);
    // One of an earlier run saves nothing of this one.
    expect(report(running({ checkpoints: [saved(-5000)] }), 240).atRiskSeconds).toBe(240);
    expect(report(running({ checkpoints: [], status: 'complete' }), 240).atRiskSeconds).toBeNull();
  });

  test('is said when it is more than five minutes', () => {
    const state = running({ checkpoints: [saved(10)] });
    expect(report(state, 300).message).toBeNull();
    expect(report(state, 500).message).toBe(
      'the next checkpoint is overdue: there has been no whole one for 8 min',
    );
  });
});
