import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { strings } from '@milepost/desktop/strings';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import type { GatedJob } from '@milepost/testing/gatedJob';
import { installAgent, makeOtherAgent } from '@milepost/testing/installAgent';
import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type LiveFixture,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from '../../apps/desktop/test/app/liveFixture.ts';

// A newer agent takes the place of the one that runs jobs, by hand, while the app watches; its own way of updating an
// older one is in apps/desktop/test/app/agentVersions.test.ts.

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

const NEWER = '99.0.0';

/** The agent of each run of a job, and how the run ended. */
const agentsOf = async (job: GatedJob): Promise<string[]> =>
  (await job.runs()).map((record) => (record.kind === 'start' ? record.agent : record.outcome));

test('jobs go on under the agent that they began with, though its file is gone; a resume is the new one’s, with the same bytes', async () => {
  const [goesOn, dies] = [await live.job('goes-on'), await live.job('dies')];
  await Promise.all([goesOn.open(3), dies.open(4)]);
  const app = await live.launch(await live.userData());
  const page = await openPopover(app);
  const card = page.getByRole('article', { name: 'goes-on' });
  await card.getByText('30%').waitFor();
  await page.getByRole('article', { name: 'dies' }).getByText('40%').waitFor();

  const { home } = live.host.sshd;
  const newer = await makeOtherAgent(live.host.dir, NEWER, `"${MILEPOST_VERSION}"`, `"${NEWER}"`);
  const wrapper = await installAgent(home, newer, NEWER);
  await rm(join(home, '.local/share/milepost', MILEPOST_VERSION), { recursive: true });
  expect(await live.host.ssh([wrapper, '--version'])).toBe(`${NEWER}\n`);

  // Both go on, are seen, and are what they were.
  await Promise.all([goesOn.open(5), dies.open(6)]);
  await card.getByText('50%').waitFor();
  await page.getByRole('article', { name: 'dies' }).getByText('60%').waitFor();
  expect(await app.notifications()).toEqual([]);

  await live.host.killAgent(dies.results);
  const [interrupted] = await notificationsOf(app, 1);
  expect(interrupted?.title).toBe('dies was interrupted');
  const saved = await readFile(join(dies.results, '.milepost/ledger.jsonl'), 'utf8');
  // What the old one runs the new one knows.
  expect(JSON.parse(await live.host.ssh([wrapper, 'status', 'goes-on', '--json']))).toMatchObject({
    state: 'running',
    completed: 5,
  });
  await page.getByRole('button', { name: strings.resume.label('dies') }).click();
  await waitFor('the new run', async () => (await dies.runs()).length === 2);
  await Promise.all([goesOn.open(10), dies.open(10)]);
  const told = await notificationsOf(app, 3);
  expect(told.map(({ title, shown }) => [title, shown]).sort()).toEqual([
    ['dies is complete', 1],
    ['dies was interrupted', 1],
    ['goes-on is complete', 1],
  ]);
  await waitForTray(app, { title: /^$/, icon: 'done' });
  expect(await agentsOf(goesOn)).toEqual([MILEPOST_VERSION, 'complete']);
  expect(await agentsOf(dies)).toEqual([MILEPOST_VERSION, NEWER, 'complete']);

  const ledger = await readFile(join(dies.results, '.milepost/ledger.jsonl'), 'utf8');
  expect(ledger.startsWith(saved)).toBe(true);
  const [undisturbed, resumed] = await Promise.all([
    readFile(join(goesOn.results, 'goes-on.txt')),
    readFile(join(dies.results, 'dies.txt')),
  ]);
  expect(resumed.equals(undisturbed)).toBe(true);
  expect(undisturbed.toString()).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
});

test('a job that the old agent runs is stopped from the popover by the new one, in order', async () => {
  await installAgent(
    live.host.sshd.home,
    await makeOtherAgent(live.host.dir, '99.0.1', `"${MILEPOST_VERSION}"`, '"99.0.1"'),
    '99.0.1',
  );
  const job = await live.job('stops');
  await job.open(2);
  const app = await live.launch(await live.userData());
  const page = await openPopover(app);
  const card = page.getByRole('article', { name: 'stops' });
  await card.getByText('20%').waitFor();
  const newest = await makeOtherAgent(live.host.dir, '99.0.2', `"${MILEPOST_VERSION}"`, '"99.0.2"');
  await installAgent(live.host.sshd.home, newest, '99.0.2');
  await page.getByRole('button', { name: strings.stop.label('stops') }).click();
  await page.getByRole('button', { name: strings.stop.batched.finish }).click();
  await waitFor('the request to be seen', async () =>
    (await live.host.progress(job.results))?.message?.includes('asked to stop'),
  );
  await job.open(3);
  await card.getByText(strings.state.stopped, { exact: true }).waitFor();
  expect(await agentsOf(job)).toEqual(['99.0.1', 'stopped']);
  expect(await live.host.committed(job.results)).toEqual([0, 1, 2]);
  expect(await app.notifications()).toEqual([]);
});
