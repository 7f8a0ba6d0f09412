import type { MonitorEvent } from '@milepost/monitor/view';
import { expect, it } from 'vitest';
import { notificationText } from '../../src/main/notificationText.ts';
import { completeJob, NOW, sampleJob } from '../sampleViews.ts';

function event(changes: Partial<MonitorEvent>): MonitorEvent {
  return {
    id: 'gpu-1/dataset/run-1/completed',
    kind: 'completed',
    hostId: 'gpu-1',
    hostName: 'gpu-1',
    jobKey: 'gpu-1/dataset',
    jobName: 'dataset',
    runId: 'run-1',
    at: NOW,
    progress: null,
    reason: null,
    ...changes,
  };
}

it('tells what was made, how long it took and how often it was resumed', () => {
  const progress = { ...completeJob().progress, runs: 3 };
  expect(notificationText(event({ progress }))).toEqual({
    title: 'dataset is complete',
    body: 'gpu-1 · 30,000 documents in 36 min · resumed 2 times',
    resumable: false,
  });
});

it('tells a short time as the card does: as it was measured', () => {
  const progress = { ...completeJob().progress, elapsedSeconds: 30.4 };
  expect(notificationText(event({ progress }))?.body).toContain(' in 30 s');
});

it('tells why a job failed or was interrupted, what is saved, and offers to resume', () => {
  const { progress } = sampleJob();
  expect(notificationText(event({ kind: 'failed', progress, reason: 'batch 3: no space left' }))).toEqual({
    title: 'dataset failed',
    body: 'gpu-1 · batch 3: no space left · 66.6% is saved',
    resumable: true,
  });
  expect(notificationText(event({ kind: 'interrupted', progress }))).toMatchObject({
    title: 'dataset was interrupted',
    resumable: true,
  });
});

it.each([
  "it exited with 1: head: error writing 'standard output': No space left on device",
  'OSError: [Errno 28] No space left on device',
  `Could not write ${'/deep'.repeat(40)}: the disk is full (ENOSPC)`,
  'cp: x: Disk quota exceeded',
])('says what to do where the disk is full, before the reason: %s', (reason) => {
  const told = notificationText(event({ kind: 'failed', reason }));
  expect(told?.body).toMatch(/^The disk on gpu-1 is full: make room there, then resume · /);
  expect(told?.resumable).toBe(true);
});

it.each(['started', 'stopped', 'recovered', 'reachable'] as const)('disturbs nobody with %s', (kind) => {
  expect(notificationText(event({ kind }))).toBeNull();
});

it('is short and harmless whatever the host says', () => {
  const text = notificationText(
    event({
      kind: 'failed',
      jobName: '<b>x</b>\u001b]0;t\u0007'.repeat(500),
      reason: 'a\n\u202eb'.repeat(5000),
    }),
  );
  expect(text?.title.length).toBeLessThanOrEqual(90);
  expect(text?.body.length).toBeLessThanOrEqual(160);
  expect(`${text?.title}${text?.body}`).not.toMatch(/[\u0000-\u001f\u202e]/);
});

it('tells of a host, of a stall, of overdue work, and of what happened during sleep', () => {
  const host = event({ kind: 'unreachable', jobKey: null, jobName: null });
  expect(notificationText(host)).toMatchObject({ title: 'gpu-1 does not answer', resumable: false });
  const { progress } = sampleJob();
  expect(notificationText(event({ kind: 'stalled', progress }))?.title).toBe('dataset makes no progress');
  expect(
    notificationText(event({ kind: 'checkpoint-overdue', progress: { ...progress, atRiskSeconds: 372 } })),
  ).toMatchObject({ body: 'gpu-1 · 6.2 min of work would be lost by a crash' });
  const item = { hostName: 'gpu-1', jobKey: null, jobName: null, reason: null };
  const summary = [
    { ...item, kind: 'failed' as const, jobName: 'render' },
    { ...item, kind: 'unreachable' as const },
  ];
  expect(notificationText(event({ kind: 'summary', jobKey: null, jobName: null, summary }))).toEqual({
    title: '2 things happened while this Mac slept',
    body: 'render failed, gpu-1 does not answer',
    resumable: false,
  });
});
