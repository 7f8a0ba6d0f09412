import type { HostView, JobView } from '@milepost/monitor/view';
import type { AppView } from '../../src/bridge/view.ts';
import { jobsByWeight } from '../../src/main/trayTitle.ts';
import { completeJob, interruptedJob, NOW, sampleHost, sampleJob, sampleView } from '../sampleViews.ts';

// Jobs on five hosts, as somebody with much to do has them.

function hostOf(id: string, changes: Partial<HostView> = {}): HostView {
  return sampleHost({ id, name: id, ...changes });
}

function on(hostId: string, name: string, job: JobView, changes: Partial<JobView> = {}): JobView {
  return { ...job, key: `${hostId}/${name}`, hostId, id: name, name, ...changes };
}

const jobs: JobView[] = [
  on('gpu-1', 'dataset', sampleJob()),
  on(
    'gpu-1',
    'captions',
    sampleJob(
      { endsAt: NOW + 9_300_000 },
      {
        completed: 1200,
        total: 8000,
        percent: 15,
        inFlight: 40,
        unit: 'images',
        rateText: '44.1 images/min',
        checkpoints: 6,
      },
    ),
  ),
  on('gpu-2', 'render', interruptedJob()),
  on(
    'gpu-2',
    'denoise',
    sampleJob(
      { endsAt: NOW + 150_000 },
      {
        completed: 930,
        total: 960,
        percent: 96.8,
        inFlight: 8,
        unit: 'frames',
        rateText: '12.2 frames/min',
        checkpoints: 31,
        lastCheckpoint: 'checkpoint_00900.exr',
      },
    ),
  ),
  on(
    'cluster',
    'sweep',
    sampleJob(
      { state: 'queued', endsAt: null },
      {
        completed: 0,
        percent: 0,
        inFlight: null,
        elapsedSeconds: null,
        checkpoints: 0,
        atRiskSeconds: null,
        lastCheckpoint: null,
      },
    ),
  ),
  on(
    'eu-west',
    'crawl',
    sampleJob(
      { state: 'unreachable', endsAt: null, seenAt: NOW - 240_000 },
      { completed: 512_000, total: 900_000, percent: 56.8, unit: 'pages' },
    ),
  ),
  on('lab', 'tokens', completeJob()),
  on('lab', 'embed', completeJob({ sinceAt: NOW - 9_000_000 })),
  on('gpu-1', 'split', completeJob({ sinceAt: NOW - 100_000_000 })),
];

export const fleet: AppView = sampleView(jobsByWeight(jobs), {
  hosts: [
    hostOf('gpu-1'),
    hostOf('gpu-2'),
    hostOf('cluster'),
    hostOf('eu-west', {
      link: {
        kind: 'unreachable',
        sinceAt: NOW - 240_000,
        nextTryAt: NOW + 40_000,
        problem: { kind: 'timeout', what: 'eu-west does not answer.', next: 'Is it running?' },
      },
    }),
    hostOf('lab'),
  ],
});
