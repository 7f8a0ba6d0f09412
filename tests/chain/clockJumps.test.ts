import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strings } from '@milepost/desktop/strings';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import type { GatedJob } from '@milepost/testing/gatedJob';
import { startRelay } from '@milepost/testing/relay';
import { waitFor } from '@milepost/testing/waitFor';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type LiveFixture,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
  watchIcons,
} from '../../apps/desktop/test/app/liveFixture.ts';
import type { AppDriver } from '../../apps/desktop/test/driver/driver.ts';

// A wall clock is set by hours while a job runs: the Mac's, which the driver rules, and the host's. No process here may
// set the machine's clock: what the host's agent and its `date` tell, and the times of the files that it writes, are
// moved by hostClock.cjs, which is all that a watcher can see of such a clock. Clocks that only go on are the real ones.

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

const HOUR_MS = 3_600_000;

/** Moves to the next batches, one at a time, as a person sees them. */
async function goOn(app: AppDriver, job: GatedJob, from: number, to: number): Promise<void> {
  for (let batches = from; batches <= to; batches += 1) {
    await job.open(batches);
    await waitForTray(app, { title: new RegExp(`^${batches}0%`), icon: 'running' });
  }
}

/** What nobody may read of a job that goes on and was looked at just now. */
async function expectSane(page: Page, job: string): Promise<void> {
  const card = page.getByRole('article', { name: job });
  const text = ((await card.textContent()) ?? '').replace('gpu-1', '');
  expect(text).toContain(strings.state.running);
  expect(text).not.toMatch(/Stalled|-\d|\d{2,} (?:min|h)\b|\bd\b|NaN|tomorrow|yesterday/);
}

async function runToItsEnd(app: AppDriver, page: Page, job: GatedJob, name: string): Promise<void> {
  await live.host.killAgent(job.results);
  await notificationsOf(app, 1);
  await page.getByRole('button', { name: strings.resume.label(name) }).click();
  await waitFor('the new run', async () => (await job.runs()).length === 2);
  await job.open(10);
  const told = await notificationsOf(app, 2);
  expect(told.map(({ title, shown }) => [title, shown])).toEqual([
    [`${name} was interrupted`, 1],
    [`${name} is complete`, 1],
  ]);
  const progress = await live.host.progress(job.results);
  expect(progress).toMatchObject({ status: 'complete', completed: 10, runs: 2, problem: null });
  // Minutes at most: by a clock that only goes on.
  expect(progress?.elapsedSeconds).toBeLessThan(300);
  expect(await readFile(join(job.results, `${name}.txt`), 'utf8')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
}

test('the Mac’s clock is set forward and back by hours: nothing is told, nothing stalls, and each event comes once', async () => {
  const job = await live.job('steady');
  const relay = await startRelay(live.host.sshd.port);
  onTestFinished(() => relay.close());
  const sshConfigFile = await live.configThrough(relay);
  const app = await live.launch(await live.userData({ sshConfigFile }), { ownTime: true });
  await goOn(app, job, 1, 2);
  const page = await openPopover(app);
  const icons = watchIcons(app);
  let ahead = 0;
  /** The page has its clock from the same system. */
  const setBoth = async (ms: number): Promise<void> => {
    ahead += ms;
    await app.setClock(ms);
    await page.evaluate((by) => {
      const clock = globalThis as typeof globalThis & { realNow?: () => number };
      const real = clock.realNow ?? Date.now;
      clock.realNow = real;
      Date.now = () => real() + by;
    }, ahead);
    // It looks at a job that stands still some times before anything moves on.
    const { toClient } = relay.passed();
    await waitFor('some looks at the host', () => relay.passed().toClient - toClient > 3000);
  };
  await setBoth(5 * HOUR_MS);
  await goOn(app, job, 3, 4);
  await expectSane(page, 'steady');
  await setBoth(-11 * HOUR_MS);
  await goOn(app, job, 5, 6);
  await expectSane(page, 'steady');
  expect(await app.notifications()).toEqual([]);
  expect(await icons.end()).toEqual(['running']);
  await runToItsEnd(app, page, job, 'steady');

  // What became of it is known to the next start, with the clock right again.
  const userData = await live.userData();
  const again = await live.launch(userData);
  await waitForTray(again, { title: /^$/, icon: 'done' });
  expect(await again.notifications()).toEqual([]);
});

test('the host’s clock is set forward and back by hours: nothing is told, nothing stalls, and each event comes once', async () => {
  const setHostClock = await movableHostClock();
  const job = await live.job('moved');
  const app = await live.launch(await live.userData());
  await goOn(app, job, 1, 2);
  const page = await openPopover(app);
  const icons = watchIcons(app);
  await setHostClock(3 * HOUR_MS);
  await goOn(app, job, 3, 4);
  await expectSane(page, 'moved');
  await setHostClock(-4 * HOUR_MS);
  await goOn(app, job, 5, 6);
  await expectSane(page, 'moved');
  expect(await icons.end()).toEqual(['running']);
  // One that begins now has never been seen by any other clock.
  const young = await live.job('young');
  const card = page.getByRole('article', { name: 'young' });
  await card.waitFor();
  // A look may fall between its entry in the list and its first run.
  await card.getByText(strings.state.running).waitFor();
  await expectSane(page, 'young');
  expect(await app.notifications()).toEqual([]);
  await live.host.killAgent(young.results);
  await waitFor('both', async () => (await app.notifications()).length > 0);
  expect((await app.notifications()).map(({ title }) => title)).toEqual(['young was interrupted']);
  await job.open(10);
  const told = await notificationsOf(app, 2);
  expect(told.map(({ title, shown }) => [title, shown])).toEqual([
    ['young was interrupted', 1],
    ['moved is complete', 1],
  ]);
  const progress = await live.host.progress(job.results);
  expect(progress?.elapsedSeconds).toBeLessThan(300);
  // It was that clock by which all of this was written.
  expect(Date.parse(progress?.lastUpdate ?? '') - Date.now()).toBeLessThan(-3 * HOUR_MS);
});

/** From now on the host's clock is what the answer is told, in milliseconds beside the real one. */
async function movableHostClock(): Promise<(ms: number) => Promise<void>> {
  const { home } = live.host.sshd;
  const file = join(live.host.dir, 'clock');
  const set = async (ms: number): Promise<void> => {
    await writeFile(`${file}.new`, String(ms));
    await rename(`${file}.new`, file);
  };
  await set(0);
  const bin = join(home, 'bin');
  await mkdir(bin);
  const date = [
    '#!/bin/sh',
    `ms=$(cat '${file}')`,
    'exec /bin/date -d "@$(($(/bin/date +%s) + ms / 1000)).$(/bin/date +%N)" "$@"',
    '',
  ].join('\n');
  await writeFile(join(bin, 'date'), date, { mode: 0o755 });
  // bash reads it for a command over ssh.
  await writeFile(join(home, '.bashrc'), `PATH='${bin}':$PATH\n`);
  const agent = `$HOME/.local/share/milepost/${MILEPOST_VERSION}/milepost.mjs`;
  const shim = join(import.meta.dirname, 'hostClock.cjs');
  const wrapper = [
    '#!/bin/sh',
    `export MILEPOST_TEST_CLOCK='${file}' NODE_OPTIONS="--require=${shim}"`,
    `exec '${process.execPath}' "${agent}" "$@"`,
    '',
  ].join('\n');
  await writeFile(join(home, '.local/bin/milepost'), wrapper, { mode: 0o755 });
  await set(7 * HOUR_MS);
  const told = Number(await live.host.ssh(['date', '+%s'])) * 1000;
  expect(Math.abs(told - Date.now() - 7 * HOUR_MS), 'the host’s date').toBeLessThan(60_000);
  await set(0);
  return set;
}
