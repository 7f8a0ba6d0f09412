import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strings } from '@milepost/desktop/strings';
import { type Relay, startRelay } from '@milepost/testing/relay';
import { waitFor } from '@milepost/testing/waitFor';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type LiveFixture,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from '../../apps/desktop/test/app/liveFixture.ts';
import type { AppDriver } from '../../apps/desktop/test/driver/driver.ts';

// An agent is killed while the app fetches: the one that runs the job, and the one that the fetch itself runs.

let live: LiveFixture;
let relay: Relay;
beforeAll(async () => {
  live = await startLiveFixture();
  relay = await startRelay(live.host.sshd.port);
});
afterEach(async () => {
  relay.setBandwidth(null);
  await live.endTest();
});
afterAll(async () => {
  await relay.close();
  await live.end();
});

const BATCH_BYTES = 1_000_000;
/** So long that a fetch of it has a middle. */
const LARGE = { print: `yes 'item {start}' | head -c ${BATCH_BYTES}` };

/** What the first batches of a {@link LARGE} job print, one after the other. */
function large(batches: number): Buffer {
  const parts = Array.from({ length: batches }, (_, at) => Buffer.alloc(BATCH_BYTES, `item ${at}\n`));
  return Buffer.concat(parts);
}

/** A folder into which the app fetches from now on. */
async function downloadFolder(app: AppDriver): Promise<string> {
  const folder = await mkdtemp(join(live.host.dir, 'downloads-'));
  await app.answerDialog(folder);
  return folder;
}

async function openDetail(app: AppDriver, job: string): Promise<Page> {
  const page = await openPopover(app);
  await page.getByRole('button', { name: strings.detail.open(job) }).click();
  return page;
}

const newest = async (app: AppDriver, count: number) =>
  await waitFor('the fetched file', async () => {
    const items = await app.shownItems();
    return items.length === count && items.at(-1);
  });

test('the agent of a job dies while its partial result is on the way: that arrives whole, and the job goes on from it', async () => {
  const app = await live.launch(await live.userData({ sshConfigFile: await live.configThrough(relay) }));
  const downloads = await downloadFolder(app);
  const job = await live.job('large', LARGE);
  await job.open(6);
  await waitForTray(app, { title: /^60%/, icon: 'running' });
  const page = await openDetail(app, 'large');
  relay.setBandwidth(1_000_000);
  await page.getByRole('button', { name: strings.fetch.partial }).click();
  const bar = page.getByRole('progressbar', { name: strings.fetch.progressLabel });
  const part = () => bar.getAttribute('value', { timeout: 1000 }).then(Number);
  await waitFor('a part of it', async () => (await part()) > 5);
  await live.host.killAgent(job.results);
  expect(await part()).toBeLessThan(100);
  // What is under way has no name that anybody would take for the result.
  expect((await readdir(downloads)).filter((name) => !name.startsWith('.milepost-fetch-'))).toEqual([]);

  const partial = await newest(app, 1);
  relay.setBandwidth(null);
  expect((await readFile(partial)).equals(large(6))).toBe(true);
  expect(await readdir(downloads)).toEqual(['large.partial.txt']);
  const [interrupted] = await notificationsOf(app, 1);
  expect(interrupted?.title).toBe('large was interrupted');

  await page.getByRole('button', { name: strings.resume.label('large') }).click();
  await waitFor('the new run', async () => (await job.runs()).length === 2);
  await job.open(10);
  const told = await notificationsOf(app, 2);
  expect(told.map(({ title, shown }) => [title, shown])).toEqual([
    ['large was interrupted', 1],
    ['large is complete', 1],
  ]);
  await page.getByRole('button', { name: strings.fetch.result }).click();
  const result = await newest(app, 2);
  const undisturbed = await live.job('undisturbed', LARGE);
  await undisturbed.open(10);
  await waitFor(
    'a run that nobody disturbs',
    async () => (await live.host.progress(undisturbed.results))?.status === 'complete',
  );
  const reference = await readFile(join(undisturbed.results, 'undisturbed.txt'));
  expect((await readFile(result)).equals(reference)).toBe(true);
  expect(reference.equals(large(10))).toBe(true);
  expect((await readdir(downloads)).sort()).toEqual(['large.partial.txt', 'large.txt']);
});

test('the agent that merges for a fetch is killed: the popover says so and what to do, and pressing again does it', async () => {
  const app = await live.launch(await live.userData());
  const downloads = await downloadFolder(app);
  const gate = join(live.host.dir, 'merge-gate');
  const merge = `while [ ! -e ${gate} ]; do sleep 0.05; done; cat {inputs} > {output}`;
  const job = await live.job('slow-merge', { merge });
  await job.open(4);
  await waitForTray(app, { title: /^40%/, icon: 'running' });
  const page = await openDetail(app, 'slow-merge');
  const press = page.getByRole('button', { name: strings.fetch.partial });
  await press.click();
  await page.getByText(strings.fetch.merging).waitFor();
  process.kill(await mergingAgent(), 'SIGKILL');

  const problem = page.locator('section.fetch');
  await problem.getByText('milepost was killed on the host before it answered.').waitFor();
  await problem.getByText(/Try it again/).waitFor();
  expect(await readdir(downloads)).toEqual([]);
  expect(await app.shownItems()).toEqual([]);

  await writeFile(gate, '');
  await press.click();
  const partial = await newest(app, 1);
  expect(await readFile(partial, 'utf8')).toBe('0\n1\n2\n3\n');
  expect(await readdir(downloads)).toEqual(['slow-merge.partial.txt']);
  // The job itself has not noticed.
  expect(await app.notifications()).toEqual([]);
  await job.open(10);
  const [complete] = await notificationsOf(app, 1);
  expect(complete?.title).toBe('slow-merge is complete');
  expect(await readFile(join(job.results, 'slow-merge.txt'), 'utf8')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
});

/** The agent on the host that makes a partial result, and has begun to. */
async function mergingAgent(): Promise<number> {
  return await waitFor('the agent that merges', async () => {
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
      const isMerge = words.includes('merge') && words.includes('--partial');
      if (isMerge && words.some((word) => word.startsWith(live.host.sshd.home))) return Number(name);
    }
    return undefined;
  });
}
