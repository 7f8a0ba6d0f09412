import type { Page } from 'playwright-core';
import type { JobCard } from '../src/bridge/jobs.ts';
import type { AppView, LinkQuestion, Opening } from '../src/bridge/view.ts';
import { strings } from '../src/strings.ts';
import { checks, FINGERPRINT, foundHosts, sampleSetup } from './sampleSetups.ts';
import {
  card,
  completeJob,
  interruptedJob,
  NOW,
  sampleHost,
  sampleJob,
  sampleSettings,
  sampleView,
} from './sampleViews.ts';

// Every screen of the popover in each of its states, for tests that look at all of them.

export interface SampleScreen {
  name: string;
  view: AppView;
  screen: Opening['screen'];
  focus?: Opening['focus'];
  /** What a person does to come there. */
  act?: (page: Page) => Promise<void>;
}

/** What main answers on these screens. */
export const sampleAnswers = {
  findHosts: () => foundHosts,
  startSetup: () => ({ kind: 'saved' }),
  readLog: () => ({ kind: 'lines', lines: ['epoch 1', 'epoch 2'], cut: true }),
  readCheckpoints: () => ({
    kind: 'checkpoints',
    newest: [
      { file: 'checkpoint_18000.npz', first: 18_000, items: 2000, bytes: 40_000_000, savedHostAt: NOW },
    ],
    count: 10,
    bytes: 400_000_000,
  }),
  readRuns: () => [{ id: 'a', outcome: 'interrupted', endedAt: NOW, completed: 4, total: 9, unit: null }],
};

const noHosts = sampleView([], { hosts: [], settings: sampleSettings({ hosts: [] }) });

function refused(question: LinkQuestion): AppView {
  const problem = { kind: 'auth-refused', what: 'gpu-1 refused to log in.', next: null };
  const link = { kind: 'refused' as const, sinceAt: NOW, problem, question };
  return sampleView([sampleJob({ state: 'unreachable' })], { hosts: [sampleHost({ link })] });
}

function press(...names: (string | RegExp)[]): (page: Page) => Promise<void> {
  return async (page) => {
    for (const name of names) await page.getByRole('button', { name }).first().click();
  };
}

const fetched: JobCard = {
  ...card(completeJob()),
  fetch: { kind: 'fetched', name: 'dataset.npz', bytes: 9 },
};
const ownJob = sampleJob({ id: null, key: 'gpu-1:~/own', name: 'own', state: 'failed', resumeBy: 'command' });
const watch = { key: ownJob.key, path: '~/own', resumeCommand: 'python train.py --resume' };
const settings = sampleSettings({
  launchAtLogin: 'needs-approval',
  hosts: [
    { id: 'gpu-1', name: 'gpu-1', watches: [watch] },
    { id: 'b', name: 'ubuntu@ec2-3-120-7-41.eu-central-1.compute.amazonaws.com', watches: [] },
  ],
});
const set = sampleView([ownJob], { settings });
const unreachable = sampleHost({
  link: {
    kind: 'unreachable',
    sinceAt: NOW - 90_000,
    nextTryAt: NOW + 20_000,
    problem: { kind: 'timeout', what: 'gpu-1 does not answer.', next: 'Is it running?' },
  },
});

export const sampleScreens: readonly SampleScreen[] = [
  { name: 'no-hosts', view: noHosts, screen: 'jobs' },
  { name: 'no-jobs', view: sampleView([]), screen: 'jobs' },
  { name: 'no-agent', view: sampleView([], { hosts: [sampleHost({ agent: null })] }), screen: 'jobs' },
  {
    name: 'jobs',
    view: sampleView([interruptedJob(), sampleJob(), completeJob()], {
      settings: sampleSettings({ alerts: { ...sampleSettings().alerts, state: 'undecided' } }),
    }),
    screen: 'jobs',
  },
  {
    name: 'jobs-paused',
    view: sampleView([sampleJob()], { settings: sampleSettings({ paused: true }) }),
    screen: 'jobs',
  },
  {
    name: 'jobs-trouble',
    view: sampleView([sampleJob({ state: 'unreachable' })], {
      hosts: [unreachable],
      notices: [
        { kind: 'settings-damaged', what: 'The settings could not be read.', next: 'They were set aside.' },
      ],
    }),
    screen: 'jobs',
  },
  {
    name: 'jobs-host-key',
    view: refused({ kind: 'host-key', name: 'gpu-1', keyType: 'ssh-ed25519', fingerprint: FINGERPRINT }),
    screen: 'jobs',
  },
  {
    name: 'jobs-passphrase',
    view: refused({ kind: 'passphrase', keyFile: '/Users/ada/.ssh/id_ed25519', isWrong: true }),
    screen: 'jobs',
  },
  {
    name: 'job-stop',
    view: sampleView([sampleJob()]),
    screen: 'jobs',
    act: press(strings.stop.label('dataset')),
  },
  {
    name: 'job',
    view: sampleView([sampleJob()]),
    screen: 'jobs',
    act: press(strings.detail.open('dataset')),
  },
  {
    name: 'job-fetched',
    view: { ...sampleView([]), jobs: [fetched] },
    screen: 'jobs',
    act: press(strings.detail.open('tokens')),
  },
  { name: 'job-of-a-file', view: set, screen: 'jobs', act: press(strings.detail.open('own')) },
  { name: 'pick', view: noHosts, screen: 'add-host' },
  ...Object.entries(checks).map(([name, check]) => ({
    name: `setup-${name}`,
    view: { ...noHosts, setup: sampleSetup(check) },
    screen: 'add-host' as const,
  })),
  {
    name: 'setup-file',
    view: { ...noHosts, setup: sampleSetup(checks.noNode) },
    screen: 'add-host',
    act: (page) => page.getByText(strings.setup.finish.orFile).click(),
  },
  {
    name: 'setup-installing',
    view: {
      ...noHosts,
      setup: sampleSetup(checks.noAgent, { install: { kind: 'installing', bytesDone: 4e5, bytes: 8e5 } }),
    },
    screen: 'add-host',
  },
  {
    name: 'setup-install-failed',
    view: {
      ...noHosts,
      setup: sampleSetup(checks.noAgent, {
        install: {
          kind: 'failed',
          problem: { kind: 'install', what: 'It could not be copied.', next: 'Try again.' },
        },
      }),
    },
    screen: 'add-host',
  },
  { name: 'settings', view: set, screen: 'settings' },
  { name: 'settings-reset', view: set, screen: 'settings', act: press(strings.settings.reset) },
  { name: 'host', view: set, screen: 'settings', act: press(/^gpu-1/) },
  { name: 'host-watch', view: set, screen: 'settings', act: press(/^gpu-1/, strings.settings.host.addWatch) },
  { name: 'host-remove', view: set, screen: 'settings', act: press(/^gpu-1/, strings.settings.host.remove) },
  {
    name: 'settings-large',
    view: sampleView([], { settings: { ...settings, textPercent: 200 } }),
    screen: 'settings',
  },
];
