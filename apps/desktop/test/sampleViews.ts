import type { HostView, JobView } from '@milepost/monitor/view';
import { alertsSchema } from '../src/bridge/alerts.ts';
import type { JobCard } from '../src/bridge/jobs.ts';
import type { SettingsView } from '../src/bridge/settings.ts';
import type { AppView } from '../src/bridge/view.ts';

// Hosts and jobs for tests, whole by default.

/** 2026-11-23 14:14:00 UTC. */
export const NOW = Date.UTC(2026, 10, 23, 14, 14, 0);

export function sampleHost(changes: Partial<HostView> = {}): HostView {
  return {
    id: 'gpu-1',
    name: 'gpu-1',
    link: { kind: 'online' },
    agent: { version: '0.1.0', protocol: 1 },
    problem: null,
    lastContactAt: NOW - 4000,
    ...changes,
  };
}

export function sampleJob(
  changes: Partial<JobView> = {},
  progress: Partial<JobView['progress']> = {},
): JobView {
  return {
    key: 'gpu-1/dataset',
    hostId: 'gpu-1',
    id: 'dataset',
    name: 'dataset',
    path: '/home/ada/results',
    progress: {
      version: 1,
      status: 'running',
      completed: 20_000,
      total: 30_000,
      percent: 66.6,
      inFlight: 640,
      elapsedSeconds: 1440,
      etaSeconds: 720,
      lastUpdate: '2026-11-23T14:13:50.000Z',
      lastUpdateIsLocal: false,
      job: 'dataset',
      unit: 'samples',
      rateText: '13.9 samples/s',
      from: null,
      checkpoints: 10,
      lastCheckpoint: 'checkpoint_18000.npz',
      atRiskSeconds: 46,
      runs: 1,
      host: 'ip-10-0-3-17',
      stage: null,
      message: null,
      problem: null,
      ...progress,
    },
    state: 'running',
    sinceAt: NOW - 1_440_000,
    reason: null,
    runId: 'run-00000001',
    seenAt: NOW - 4000,
    endsAt: NOW + 720_000,
    plan: null,
    action: null,
    ...changes,
  };
}

/** A job that was killed, with the plan of its resume. */
export function interruptedJob(changes: Partial<JobView> = {}): JobView {
  return sampleJob(
    {
      key: 'gpu-1/render',
      id: 'render',
      name: 'render',
      state: 'interrupted',
      reason: 'the agent was killed: its process is gone and no end was written',
      sinceAt: NOW - 180_000,
      endsAt: null,
      plan: {
        at: NOW - 20_000,
        answer: {
          version: 1,
          id: 'render',
          state: 'interrupted',
          kind: 'batched',
          checkpoint: null,
          done: { batches: 6, items: 12_000 },
          todo: { items: 18_000 },
          redo: [],
          estimatedSeconds: 1104,
          refused: null,
        },
      },
      ...changes,
    },
    {
      completed: 12_000,
      percent: 40,
      status: 'running',
      inFlight: null,
      unit: 'frames',
      checkpoints: 6,
      job: 'render',
    },
  );
}

export function completeJob(changes: Partial<JobView> = {}): JobView {
  return sampleJob(
    {
      key: 'gpu-1/tokens',
      id: 'tokens',
      name: 'tokens',
      state: 'complete',
      sinceAt: NOW - 3_600_000,
      endsAt: null,
      ...changes,
    },
    {
      status: 'complete',
      completed: 30_000,
      percent: 100,
      inFlight: null,
      etaSeconds: 0,
      atRiskSeconds: null,
      elapsedSeconds: 2160,
      checkpoints: 15,
      unit: 'documents',
    },
  );
}

export function card(job: JobView): JobCard {
  const resumable = ['failed', 'interrupted', 'stopped'].includes(job.state) && job.id !== null;
  const stoppable = ['running', 'queued', 'stalled'].includes(job.state) && job.id !== null;
  return { ...job, resumable, stoppable, fetch: null };
}

export function sampleSettings(changes: Partial<SettingsView> = {}): SettingsView {
  return {
    hosts: [{ id: 'gpu-1', name: 'gpu-1', watches: [] }],
    runningSeconds: 30,
    menuBar: 'percent-eta',
    textPercent: 100,
    paused: false,
    launchAtLogin: 'off',
    alerts: alertsSchema.parse({ state: 'on' }),
    ...changes,
  };
}

export function sampleView(jobs: readonly JobView[], changes: Partial<AppView> = {}): AppView {
  return {
    hosts: [sampleHost()],
    jobs: jobs.map(card),
    notices: [],
    settings: sampleSettings(),
    setup: null,
    ...changes,
  };
}
