import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { progressText, replaceFile } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HostTarget } from '../src/api.ts';
import { startWatchedHost, type WatchedHost } from './watching.ts';

let host: WatchedHost;
beforeEach(async () => {
  host = await startWatchedHost();
});
afterEach(() => host.end());

it('a host whose watched paths change keeps its jobs in the view meanwhile', async () => {
  const job = await host.makeJob('dataset');
  await job.progress({ completed: 9, total: 100, status: 'RUNNING' });
  await job.startRun();
  const own = join(host.sshd.home, 'own');
  await mkdir(own);
  await replaceFile(join(own, 'PROGRESS.txt'), progressText({ completed: 1, total: 2, status: 'RUNNING' }));
  const { monitor, job: seen } = host.watch();
  await waitFor('the job', () => seen('dataset')?.state === 'running');

  const seenWithout: number[] = [];
  const end = monitor.onView(({ jobs }) => {
    if (!jobs.some(({ id }) => id === 'dataset')) seenWithout.push(jobs.length);
  });
  const target: HostTarget = { id: 'gpu', destination: host.sshd.alias, paths: [] };
  const watch = { path: own, resumeCommand: null };
  monitor.setHosts([{ ...target, watches: [watch] }]);
  await waitFor('the file', () => seen(`gpu:${own}`)?.progress.completed === 1);
  // It is the new watch that shows them: what changes is seen.
  await job.progress({ completed: 20, total: 100, status: 'RUNNING' });
  await waitFor('the change', () => seen('dataset')?.progress.completed === 20);
  monitor.setHosts([target]);
  await waitFor('the file to go', () => seen(`gpu:${own}`) === undefined);
  expect(seenWithout).toEqual([]);
  // A host that is another one shows nothing of the first.
  end();
  monitor.setHosts([{ ...target, destination: 'no-such-host.invalid' }]);
  expect(monitor.view().jobs).toEqual([]);
});
