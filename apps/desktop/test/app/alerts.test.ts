import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

const text = strings.alerts;
let fixture: AppFixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.end());

const RUNNING = { completed: 400, total: 1000, status: 'RUNNING' };

async function runningJob(id: string) {
  const job = await fixture.job(id);
  await job.progress(RUNNING);
  await job.startRun();
  return job;
}

async function alertsInFile(): Promise<unknown> {
  return JSON.parse(await readFile(join(fixture.userDataDir, 'settings.json'), 'utf8')).alerts;
}

function icon(app: AppDriver, wanted: string): Promise<unknown> {
  return waitFor(`the icon to be ${wanted}`, async () => (await app.tray()).icon === wanted);
}

it('are shown, and the system is asked, only after the person turned them on', async () => {
  await fixture.writeSettings({ alerts: undefined });
  const first = await runningJob('first');
  const second = await runningJob('second');
  const app = await fixture.launch();
  await icon(app, 'running');
  await first.kill();
  await icon(app, 'problem');
  await app.clickTray();
  const page = await app.window();
  await page.getByText(text.offer).waitFor();
  expect(await app.notifications()).toEqual([]);
  expect(await app.permissionAsked()).toBe(false);

  await page.getByRole('button', { name: text.turnOn }).click();
  await page.getByText(text.offer).waitFor({ state: 'detached' });
  expect(await app.permissionAsked()).toBe(true);
  expect(await alertsInFile()).toMatchObject({ state: 'on' });
  await second.kill();
  await waitFor('the notification', async () => (await app.notifications()).length > 0);
  // What happened before was seen in the popover; it is not told afterwards.
  expect(await app.notifications()).toMatchObject([{ title: 'second was interrupted' }]);
});

it('of one kind can be switched off, and stay so after a restart', async () => {
  let app = await fixture.launch();
  await app.clickTray();
  const page = await app.window();
  await page.getByRole('button', { name: strings.screens.settings }).click();
  await page.getByRole('switch', { name: text.kinds.interrupted }).uncheck();
  await waitFor('the settings file', async () =>
    JSON.stringify(await alertsInFile()).includes('"interrupted":false'),
  );
  await app.quit();

  const job = await runningJob('dataset');
  app = await fixture.launch();
  await icon(app, 'running');
  await job.kill();
  await icon(app, 'problem');
  const other = await runningJob('other');
  await waitFor('the other job', async () => (await app.tray()).tooltip !== '');
  await other.progress({ ...RUNNING, completed: 1000, status: 'COMPLETE' });
  await other.endRun(1, 'complete');
  await waitFor('a notification', async () => (await app.notifications()).length > 0);
  expect(await app.notifications()).toMatchObject([{ title: 'other is complete' }]);
});

describe('a test notification', () => {
  it.each([
    ['show', text.tested.shown],
    ['failed', text.tested.refused],
    ['nothing', text.tested.silent],
  ] as const)('says what became of it: %s', async (outcome, words) => {
    const app = await fixture.launch();
    await app.answerNotifications(outcome);
    await app.clickTray();
    const page = await app.window();
    await page.getByRole('button', { name: strings.screens.settings }).click();
    await page.getByRole('button', { name: text.test }).click();
    await page.getByText(words).waitFor();
  });
});
