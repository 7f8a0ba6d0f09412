import type { JobView } from '@milepost/monitor/view';
import type { AppView, LinkQuestion, Problem } from '../../src/bridge/view.ts';
import { strings } from '../../src/strings.ts';
import { FINGERPRINT } from '../sampleSetups.ts';
import {
  completeJob,
  interruptedJob,
  NOW,
  sampleHost,
  sampleJob,
  sampleSettings,
  sampleView,
} from '../sampleViews.ts';
import { actScreens } from './actScreens.ts';
import { fleet } from './fleet.ts';
import { inLargeText, noHosts, press, type SampleScreen } from './sampleScreen.ts';

// The list of jobs.

const damaged: Problem = {
  kind: 'settings-damaged',
  what: 'The settings could not be read, and Milepost began with new ones.',
  next: 'The old file was kept beside it as settings.damaged.json.',
};
const silent: Problem = {
  kind: 'timeout',
  what: 'gpu-1 does not answer.',
  next: 'Is it running, and does its security group let this Mac in?',
};
const unreachable = sampleHost({
  link: { kind: 'unreachable', sinceAt: NOW - 90_000, nextTryAt: NOW + 20_000, problem: silent },
});
const undecided = sampleSettings({ alerts: { ...sampleSettings().alerts, state: 'undecided' } });

function refused(question: LinkQuestion): AppView {
  const problem = { kind: 'auth-refused', what: 'gpu-1 refused to log in.', next: null };
  const link = { kind: 'refused' as const, sinceAt: NOW, problem, question };
  return sampleView([sampleJob({ state: 'unreachable', endsAt: null, seenAt: NOW - 130_000 })], {
    hosts: [sampleHost({ link })],
  });
}

const finished = [
  completeJob(),
  completeJob({ key: 'gpu-1/embed', id: 'embed', name: 'embed', sinceAt: NOW - 9_000_000 }),
];
const atRisk = [
  sampleJob({ key: 'gpu-1/a', name: 'train-large' }, { atRiskSeconds: 395, lastCheckpoint: 'step_41000.pt' }),
  sampleJob({ key: 'gpu-1/b', name: 'train-small' }, { atRiskSeconds: 262, lastCheckpoint: 'step_9000.pt' }),
];
const stalled = sampleJob(
  { state: 'stalled', reason: 'nothing was completed for 14 min', endsAt: null },
  { atRiskSeconds: 850, inFlight: null },
);
const failed = sampleJob(
  {
    key: 'gpu-1/train',
    id: 'train',
    name: 'train',
    state: 'failed',
    endsAt: null,
    reason:
      'batch 24000 to 25999 failed 3 times: it exited with 1: RuntimeError: CUDA out of memory. Tried to allocate 2.50 GiB',
  },
  { completed: 24_000, percent: 80, inFlight: null, checkpoints: 12, lastCheckpoint: 'checkpoint_22000.npz' },
);
const merging = sampleJob(
  { endsAt: NOW + 40_000 },
  {
    completed: 30_000,
    percent: 100,
    stage: 'merging',
    inFlight: null,
    rateText: null,
    checkpoints: 15,
    atRiskSeconds: null,
  },
);
const states = [
  sampleJob(
    { key: 'gpu-1/queued', name: 'evaluate', state: 'queued', endsAt: null },
    {
      completed: 0,
      percent: 0,
      inFlight: null,
      rateText: null,
      elapsedSeconds: null,
      checkpoints: 0,
      atRiskSeconds: null,
      lastCheckpoint: null,
    },
  ),
  sampleJob(
    { key: 'gpu-1/open', name: 'crawl', endsAt: null },
    {
      completed: 48_210,
      total: null,
      percent: null,
      inFlight: null,
      unit: 'pages',
      rateText: '34.1 pages/s',
      lastCheckpoint: 'pages_00048.jsonl',
    },
  ),
  sampleJob(
    { key: 'gpu-1/stopped', id: 'stopped', name: 'sweep', state: 'stopped', endsAt: null },
    { completed: 3_000, percent: 10, inFlight: null, checkpoints: 2, elapsedSeconds: 340 },
  ),
];

/** The same as a program that runs whole, whose progress is taken from what it prints. */
function ofProcess(job: JobView, progress: Partial<JobView['progress']>): JobView {
  return { ...job, kind: 'process', progress: { ...job.progress, from: 'tqdm "Training"', ...progress } };
}

const plan = interruptedJob().plan;
const processes = [
  ofProcess(
    interruptedJob({
      key: 'gpu-1/train',
      name: 'train',
      plan: plan && {
        ...plan,
        answer: { ...plan.answer, kind: 'process', checkpoint: 'ckpt/step_41000.pt', todo: { items: 9000 } },
      },
    }),
    { completed: 41_000, total: 50_000, percent: 82, unit: 'steps', lastCheckpoint: 'ckpt/step_41000.pt' },
  ),
  ofProcess(
    sampleJob(
      { key: 'gpu-1/finetune', id: 'finetune', name: 'finetune', kind: 'process' },
      { inFlight: null, unit: 'steps', rateText: '2.41 steps/s', atRiskSeconds: 260 },
    ),
    { lastCheckpoint: 'out/checkpoint-18000' },
  ),
  sampleJob(
    { key: 'gpu-1/index', name: 'index', endsAt: null },
    {
      completed: null,
      total: null,
      percent: null,
      inFlight: null,
      unit: null,
      rateText: null,
      checkpoints: null,
      lastCheckpoint: null,
      atRiskSeconds: null,
    },
  ),
];

export const jobScreens: readonly SampleScreen[] = [
  { name: 'no-hosts', caption: 'The first time: no host yet', view: noHosts, screen: 'jobs' },
  {
    name: 'connecting',
    caption: 'Looking for jobs',
    view: sampleView([], { hosts: [sampleHost({ link: { kind: 'connecting', problem: null } })] }),
    screen: 'jobs',
  },
  { name: 'no-jobs', caption: 'A host without a job', view: sampleView([]), screen: 'jobs' },
  {
    name: 'no-agent',
    caption: 'A host without the agent',
    view: sampleView([], { hosts: [sampleHost({ agent: null })] }),
    screen: 'jobs',
  },
  { name: 'running', caption: 'One job runs', view: sampleView([sampleJob()]), screen: 'jobs' },
  {
    name: 'jobs',
    caption: 'Interrupted, running and finished jobs, and the question whether alerts are wanted',
    view: sampleView([interruptedJob(), sampleJob(), completeJob()], { settings: undecided }),
    screen: 'jobs',
  },
  {
    name: 'states',
    caption: 'Queued, without a known total, stopped',
    view: sampleView(states),
    screen: 'jobs',
  },
  {
    name: 'one-process',
    caption:
      'Programs that run whole: one goes on from its own checkpoint, one runs, one says nothing of its progress',
    view: sampleView(processes),
    screen: 'jobs',
  },
  {
    name: 'merging',
    caption: 'All is saved; the result is being merged',
    view: sampleView([merging]),
    screen: 'jobs',
  },
  { name: 'stalled', caption: 'No progress for too long', view: sampleView([stalled]), screen: 'jobs' },
  {
    name: 'failed',
    caption: 'Failed, with the last line of the error',
    view: sampleView([failed]),
    screen: 'jobs',
  },
  {
    name: 'at-risk',
    caption: 'Checkpoints that are overdue: past four minutes, past five',
    view: sampleView(atRisk),
    screen: 'jobs',
  },
  { name: 'many-jobs', caption: 'Jobs on five hosts, problems on top', view: fleet, screen: 'jobs' },
  {
    name: 'finished',
    caption: 'Finished jobs, unfolded',
    view: sampleView([sampleJob(), ...finished]),
    screen: 'jobs',
    act: press(strings.jobs.finishedCount(2)),
  },
  { name: 'all-finished', caption: 'Nothing but finished jobs', view: sampleView(finished), screen: 'jobs' },
  {
    name: 'paused',
    caption: 'Polling is paused',
    view: sampleView([sampleJob()], { settings: sampleSettings({ paused: true }) }),
    screen: 'jobs',
  },
  {
    name: 'trouble',
    caption: 'A host that does not answer, and settings that were damaged',
    view: sampleView([sampleJob({ state: 'unreachable', endsAt: null, seenAt: NOW - 130_000 })], {
      hosts: [unreachable],
      notices: [damaged],
    }),
    screen: 'jobs',
  },
  {
    name: 'host-key',
    caption: 'A host key that nobody has confirmed yet',
    view: refused({ kind: 'host-key', name: 'gpu-1', keyType: 'ssh-ed25519', fingerprint: FINGERPRINT }),
    screen: 'jobs',
  },
  {
    name: 'passphrase',
    caption: 'A key whose passphrase is needed',
    view: refused({ kind: 'passphrase', keyFile: '/Users/ada/.ssh/id_ed25519', isWrong: true }),
    screen: 'jobs',
  },
  ...actScreens,
  { name: 'hostile', caption: 'Text of a host that means no good', view: hostile(), screen: 'jobs' },
  {
    name: 'jobs-large',
    caption: 'Text at 200 %',
    view: inLargeText(sampleView([interruptedJob(), sampleJob(), completeJob()])),
    screen: 'jobs',
  },
];

/** Markup, a long word, and letters that run the other way; controls are cleaned away before they come here. */
function hostile(): AppView {
  const markup = '<img src=x onerror="alert(1)"><b>dataset</b>';
  return sampleView(
    [
      sampleJob(
        { key: 'a', name: markup, hostId: 'gpu-1' },
        { unit: '<script>alert(1)</script>', lastCheckpoint: `${markup}.npz` },
      ),
      interruptedJob({ key: 'b', name: 'שלום עולם dataset مرحبا', reason: `${'w'.repeat(400)} ${markup}` }),
      sampleJob(
        { key: 'c', name: `${'very-'.repeat(40)}long` },
        { rateText: `${'9'.repeat(40)} samples/s`, checkpoints: 9_007_199_254 },
      ),
    ],
    { hosts: [sampleHost({ name: `${'ec2-3-120-7-41.'.repeat(6)}amazonaws.com` })] },
  );
}
