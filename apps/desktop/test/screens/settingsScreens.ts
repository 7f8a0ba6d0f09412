import type { TestAlert } from '../../src/bridge/alerts.ts';
import { strings } from '../../src/strings.ts';
import { sampleJob, sampleSettings, sampleView } from '../sampleViews.ts';
import { inLargeText, press, type SampleScreen } from './sampleScreen.ts';

// The settings, and one host in them.

const ownJob = sampleJob(
  {
    id: null,
    key: 'gpu-1:~/own/PROGRESS.txt',
    name: 'own',
    path: '~/own/PROGRESS.txt',
    state: 'failed',
    reason: null,
    endsAt: null,
    resumeBy: 'command',
  },
  { inFlight: null, checkpoints: null, lastCheckpoint: null, atRiskSeconds: null },
);
const watch = { key: ownJob.key, path: ownJob.path, resumeCommand: 'python train.py --resume' };
const settings = sampleSettings({
  launchAtLogin: 'needs-approval',
  hosts: [
    { id: 'gpu-1', name: 'gpu-1', watches: [watch] },
    { id: 'b', name: 'ubuntu@ec2-3-120-7-41.eu-central-1.compute.amazonaws.com', watches: [] },
  ],
});
const view = sampleView([ownJob], { settings });

/** A job that is somebody's own file, with what resumes it. */
export const ownFileView = { ...view, jobs: view.jobs.map((job) => ({ ...job, resumable: true })) };

function tested(outcome: TestAlert, caption: string): SampleScreen {
  return {
    name: `alerts-${outcome}`,
    caption,
    view,
    screen: 'settings',
    answers: { testAlert: () => outcome },
    act: async (page) => {
      await press(strings.alerts.test)(page);
      await page.getByText(strings.alerts.tested[outcome]).scrollIntoViewIfNeeded();
    },
  };
}

export const settingsScreens: readonly SampleScreen[] = [
  { name: 'settings', caption: 'Settings', view, screen: 'settings' },
  tested('shown', 'A test notification arrived'),
  tested('refused', 'The system refuses notifications'),
  {
    name: 'alerts-off',
    caption: 'Alerts are off',
    view: sampleView([], { settings: sampleSettings({ alerts: { ...settings.alerts, state: 'off' } }) }),
    screen: 'settings',
  },
  {
    name: 'settings-reset',
    caption: 'Reset asks first',
    view,
    screen: 'settings',
    act: press(strings.settings.reset),
  },
  { name: 'host', caption: 'One host', view, screen: 'settings', act: press(/^gpu-1/) },
  {
    name: 'host-watch',
    caption: 'A file to watch',
    view,
    screen: 'settings',
    act: press(/^gpu-1/, strings.settings.host.addWatch),
  },
  {
    name: 'host-remove',
    caption: 'Removing a host asks first',
    view,
    screen: 'settings',
    act: press(/^gpu-1/, strings.settings.host.remove),
  },
  { name: 'settings-large', caption: 'Text at 200 %', view: inLargeText(view), screen: 'settings' },
];
