import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import {
  type LiveFixture,
  LONG,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from './liveFixture.ts';

// Two people, or one with two machines, watch the same host.

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

it(
  'two apps that press Resume at once start one run; both show it, and neither is left with a fault',
  LONG,
  async () => {
    const job = await live.job('shared');
    const apps = await Promise.all(['first', 'second'].map(async () => live.launch(await live.userData())));
    const pages: Page[] = [];
    for (const app of apps) pages.push(await openPopover(app));
    const starts = async () => (await job.runs()).filter(({ kind }) => kind === 'start').length;

    for (let run = 2; run <= 3; run += 1) {
      await job.open(run);
      await Promise.all(
        apps.map((app) => waitForTray(app, { title: new RegExp(`^${run}0%`), icon: 'running' })),
      );
      await live.host.killAgent(job.results);
      const buttons = pages.map((page) => page.getByRole('button', { name: strings.resume.label('shared') }));
      // Both know what a resume would do: from here on it is one click.
      await Promise.all(pages.map((page) => page.getByText(`Keeps ${run} items`).waitFor()));
      await Promise.all(buttons.map((button) => button.click()));
      await Promise.all(
        pages.map(async (page) => {
          const card = page.getByRole('article', { name: 'shared' });
          await card.getByText(strings.state.running, { exact: true }).waitFor();
          await waitFor(
            'a card without a word of a fault',
            async () => (await card.getByRole('alert').count()) === 0,
          );
          expect(await card.getByRole('button', { name: strings.resume.button }).count()).toBe(0);
        }),
      );
      expect(await starts()).toBe(run);
    }
    await job.open(10);
    await Promise.all(apps.map((app) => waitForTray(app, { icon: 'done' })));
    expect(await live.host.committed(job.results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Each tells its own person, of everything, once.
    for (const app of apps) {
      const told = await notificationsOf(app, 3);
      expect(told.map(({ title, shown }) => `${title} ${shown}`)).toEqual([
        ...Array(2).fill('shared was interrupted 1'),
        'shared is complete 1',
      ]);
    }
  },
);

it('who presses Resume on a job that somebody else has resumed unseen sees it run at once', async () => {
  const job = await live.job('unseen');
  await job.open(5);
  await waitFor('half of it', async () => (await live.host.progress(job.results))?.completed === 5);
  await live.host.killAgent(job.results);
  // But for what it is asked for, this app looks once in an hour.
  const poll = { runningSeconds: 3600, watchingSeconds: 3600, idleSeconds: 3600 };
  const app = await live.launch(await live.userData({ poll }));
  await waitForTray(app, { title: /^50%$/, icon: 'problem' });
  const page = await openPopover(app);
  await page.getByText('Keeps 5 items').waitFor();
  await live.host.ssh([join(live.host.sshd.home, '.local/bin/milepost'), 'resume', 'unseen', '--detach']);
  await page.getByRole('button', { name: strings.resume.label('unseen') }).click();
  const card = page.getByRole('article', { name: 'unseen' });
  await card.getByText(strings.state.running, { exact: true }).waitFor();
  await card.getByRole('alert').waitFor({ state: 'detached' });
  expect((await job.runs()).length).toBe(2);
});
