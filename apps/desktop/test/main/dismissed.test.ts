import { expect, it } from 'vitest';
import { withDismissed, withoutDismissed } from '../../src/main/dismissed.ts';
import { DEFAULT_SETTINGS } from '../../src/main/settingsSchema.ts';
import { completeJob, interruptedJob, sampleHost } from '../sampleViews.ts';

const done = completeJob();
const view = { hosts: [sampleHost()], jobs: [interruptedJob(), done], problem: null };

it('hides a complete job with the run that was dismissed, and shows its next run', () => {
  const settings = withDismissed(DEFAULT_SETTINGS, view, [done.key]);
  expect(withoutDismissed(view, settings).jobs.map(({ key }) => key)).toEqual([interruptedJob().key]);
  const next = completeJob({ runId: 'run-00000002' });
  expect(withoutDismissed({ ...view, jobs: [next] }, settings).jobs).toEqual([next]);
  const running = completeJob({ state: 'running' });
  expect(withoutDismissed({ ...view, jobs: [running] }, settings).jobs).toEqual([running]);
});

it('takes nothing that is not complete, and each job once', () => {
  const keys = [done.key, interruptedJob().key, 'gpu-1/gone'];
  const once = withDismissed(DEFAULT_SETTINGS, view, keys);
  expect(withDismissed(once, view, keys).dismissed).toEqual([{ jobKey: done.key, runId: done.runId }]);
});

it('remembers the newest thousand', () => {
  const dismissed = Array.from({ length: 1000 }, (_, at) => ({ jobKey: `gpu-1/${at}`, runId: null }));
  const settings = withDismissed({ ...DEFAULT_SETTINGS, dismissed }, view, [done.key]);
  expect(settings.dismissed).toHaveLength(1000);
  expect(settings.dismissed.at(-1)?.jobKey).toBe(done.key);
});
