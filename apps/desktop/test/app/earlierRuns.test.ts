import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import { type LiveFixture, openPopover, startLiveFixture, waitForTray } from './liveFixture.ts';

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

it("a job's view lists its earlier runs, each with how it ended and how far it came", async () => {
  const job = await live.job('runs');
  await job.open(3);
  const app = await live.launch(await live.userData());
  await waitForTray(app, { title: /^30%/, icon: 'running' });
  const page = await openPopover(app);
  await page.getByRole('button', { name: strings.detail.open('runs') }).click();
  const runs = page.getByRole('region', { name: strings.detail.runs }).getByRole('listitem');
  await page
    .getByRole('region', { name: strings.detail.checkpoints })
    .getByText('checkpoint_00002.txt')
    .waitFor();
  expect(await runs.count(), 'a run that goes on is no earlier one').toBe(0);

  await live.host.killAgent(job.results);
  await page.getByRole('button', { name: strings.resume.label('runs') }).click();
  await waitForTray(app, { title: /^30%/, icon: 'running' });
  await waitFor('the run that was killed', async () => (await runs.count()) === 1);
  expect(await runs.first().textContent()).toMatch(/^Interrupted3 \/ 10\d/);

  await job.open(6);
  await waitForTray(app, { title: /^60%/, icon: 'running' });
  await live.host.killAgent(job.results);
  await page.getByRole('button', { name: strings.resume.label('runs') }).click();
  await job.open(10);
  await waitForTray(app, { icon: 'done' });
  await waitFor('all three', async () => (await runs.count()) === 3);
  expect((await runs.allTextContents()).map((line) => line.replace(/10[^/]*$/, '10'))).toEqual([
    'Complete10 / 10',
    'Interrupted6 / 10',
    'Interrupted3 / 10',
  ]);
});
