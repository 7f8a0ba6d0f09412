import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import type { TestJob } from '@milepost/testing/writtenJob';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

// While nobody looks the page sleeps, whatever goes on at the hosts.

interface Activity {
  /** Timers and animation frames that wait. */
  waiting: number;
  /** What the page did since it was asked last: callbacks of timers, messages from main, changes of its content. */
  fired: number;
  messages: number;
  changes: number;
}

let fixture: AppFixture;
let job: TestJob;
let app: AppDriver;
let page: Page;
beforeEach(async () => {
  fixture = await startFixture();
  job = await fixture.job('dataset');
  await at(100);
  await job.startRun();
  app = await fixture.launch();
  await waitForTitle(/^10%/);
  page = await app.window();
  await page.evaluate(watchActivity);
});
afterEach(() => fixture.end());

const at = (completed: number): Promise<void> => job.progress({ completed, total: 1000, status: 'RUNNING' });

async function waitForTitle(title: RegExp): Promise<void> {
  await waitFor(`the title ${title}`, async () => title.test((await app.tray()).title));
}

/** Counts, in the page, everything that can wake it. */
function watchActivity(): void {
  const waiting = new Set<unknown>();
  const counts = { fired: 0, messages: 0, changes: 0 };
  /** In place of one of the functions that call back later: what waits, and what was called. */
  function counted(start: string, end: string, repeats: boolean): void {
    const realStart: (...args: unknown[]) => unknown = Reflect.get(window, start);
    const realEnd: (...args: unknown[]) => unknown = Reflect.get(window, end);
    Reflect.set(window, start, (callback: (...args: unknown[]) => void, ...rest: unknown[]) => {
      const id = realStart.call(
        window,
        (...args: unknown[]) => {
          counts.fired += 1;
          if (!repeats) waiting.delete(id);
          callback(...args);
        },
        ...rest,
      );
      waiting.add(id);
      return id;
    });
    Reflect.set(window, end, (id: unknown) => {
      waiting.delete(id);
      realEnd.call(window, id);
    });
  }
  counted('setTimeout', 'clearTimeout', false);
  counted('setInterval', 'clearInterval', true);
  counted('requestAnimationFrame', 'cancelAnimationFrame', false);
  counted('requestIdleCallback', 'cancelIdleCallback', false);
  new MutationObserver((records) => {
    counts.changes += records.length;
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const bridge: Record<string, (listener: () => void) => void> = Reflect.get(window, 'milepost');
  for (const push of ['onOpened', 'onClosed', 'onView']) {
    bridge[push]?.(() => {
      counts.messages += 1;
    });
  }
  Reflect.set(window, 'takeActivity', () => {
    const taken = { waiting: waiting.size, ...counts };
    Object.assign(counts, { fired: 0, messages: 0, changes: 0 });
    return taken;
  });
}
const activity = (): Promise<Activity> => page.evaluate(() => Reflect.get(window, 'takeActivity')());

/** Some polls that see something new each time. */
async function worldMovesOn(): Promise<void> {
  for (const percent of [20, 30, 40]) {
    await at(percent * 10);
    await waitForTitle(new RegExp(`^${percent}%`));
  }
}

it('hidden, the page gets no messages, runs no timers and changes nothing', async () => {
  await app.clickTray();
  await page.getByRole('progressbar').waitFor();
  await worldMovesOn();
  const shown = await activity();
  // So the counting works.
  expect(shown.waiting).toBeGreaterThan(0);
  expect(shown.messages).toBeGreaterThan(1);
  expect(shown.changes).toBeGreaterThan(1);

  await app.clickTray();
  await waitFor('the page to fall asleep', async () => (await activity()).waiting === 0);
  await at(100);
  await worldMovesOn();
  expect(await activity()).toEqual({ waiting: 0, fired: 0, messages: 0, changes: 0 });
});

it('hidden while it followed a log, the page asks for no more of it', async () => {
  await fixture.agent('echo "$*" >> "$HOME/calls"; echo a line');
  await app.clickTray();
  await page.getByRole('button', { name: strings.detail.open('dataset') }).click();
  // Asked for again and again, by timers of the page.
  const calls = () => readFile(join(fixture.sshd.home, 'calls'), 'utf8').catch(() => '');
  await waitFor('the log to be followed', async () => (await calls()).split('logs dataset').length > 3);
  expect((await activity()).fired).toBeGreaterThan(1);

  await app.clickTray();
  await waitFor('the page to fall asleep', async () => (await activity()).waiting === 0);
  await worldMovesOn();
  expect(await activity()).toEqual({ waiting: 0, fired: 0, messages: 0, changes: 0 });
});

it('shows at once what happened meanwhile, when it is opened again', async () => {
  await app.clickTray();
  await page.getByRole('progressbar').waitFor();
  await app.blur();
  await worldMovesOn();
  await app.activate();
  await page.getByText('40%').first().waitFor();
});
