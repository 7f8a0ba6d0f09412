import { describeRun, type RunState } from '@milepost/checkpoint/report';
import { expect, test } from 'vitest';

const state: RunState = {
  status: 'running',
  name: 'dataset',
  unit: 'samples',
  total: 1000,
  jobs: 1,
  every: { items: 100 },
  host: 'host',
  runs: 2,
  earlierSeconds: 30,
  startedMs: 5000,
  completed: 600,
  savedBytes: 6000,
  checkpoints: 6,
  lastCheckpoint: { name: 'checkpoint_00500.npz', at: '2026-01-01T00:00:00.000Z' },
  timings: Array.from({ length: 6 }, () => ({ count: 100, seconds: 10, run: 1 })),
  running: new Set(),
  stage: null,
  message: null,
  warning: null,
};

test('while it runs the rate is the pace of the batches, not what the time between runs makes of it', () => {
  const report = describeRun(state, 25_000, '2026-01-01T00:00:00.000Z');
  expect(report.itemsPerSecond).toBeCloseTo(10);
  expect(report.etaSeconds).toBeCloseTo(40);
});

test('when all is saved the rate is that of the whole work, over all runs', () => {
  const complete: RunState = { ...state, status: 'complete', completed: 1000, checkpoints: 10 };
  const report = describeRun(complete, 75_000, '2026-01-01T00:00:00.000Z');
  expect(report.elapsedSeconds).toBe(100);
  expect(report.itemsPerSecond).toBe(10);
  expect(report.etaSeconds).toBe(0);
});
