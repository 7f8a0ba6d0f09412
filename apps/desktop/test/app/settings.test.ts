import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { progressText, replaceFile } from '@milepost/testing/writtenJob';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

const text = strings.settings;
let fixture: AppFixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.end());

const RUNNING = { completed: 400, total: 1000, status: 'RUNNING' };

async function runningJob(): Promise<void> {
  const job = await fixture.job('dataset');
  await job.progress(RUNNING);
  await job.startRun();
}

async function openSettings(app: AppDriver): Promise<Page> {
  const page = await app.window();
  if (!(await app.isPopoverVisible())) await app.clickTray();
  await page.getByRole('button', { name: strings.screens.settings }).click();
  await page.getByRole('heading', { name: strings.screens.settings }).waitFor();
  return page;
}

function title(app: AppDriver, wanted: RegExp): Promise<unknown> {
  return waitFor(`the title ${wanted}`, async () => wanted.test((await app.tray()).title));
}

async function settingsFile(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(fixture.userDataDir, 'settings.json'), 'utf8'));
}

it('take effect at once, and are kept over a restart', async () => {
  await runningJob();
  const own = join(fixture.sshd.home, 'own/PROGRESS.txt');
  await mkdir(join(fixture.sshd.home, 'own'));
  await replaceFile(own, progressText({ completed: 5, total: 5, status: 'COMPLETE' }));
  let app = await fixture.launch();
  await title(app, /^40% 2m$/);
  let page = await openSettings(app);
  await page.getByLabel(text.menuBar).selectOption({ label: text.menuBarStyles.percent });
  await title(app, /^40%$/);
  await page.getByLabel(text.poll).selectOption({ label: 'Every 2 min' });
  await page.getByLabel(text.textSize).selectOption({ label: '150%' });
  await waitFor('a wider window', async () => (await page.evaluate(() => window.innerWidth)) === 540);
  await page.getByRole('button', { name: /^gpu-1/ }).click();
  await page.getByRole('button', { name: text.host.addWatch }).click();
  await page.getByLabel(strings.setup.watch.path).fill(own);
  await page.getByRole('button', { name: strings.setup.watch.add }).click();
  await page.getByText(own).waitFor();
  await app.quit();

  expect(await settingsFile()).toMatchObject({
    version: 1,
    menuBar: 'percent',
    textPercent: 150,
    poll: { runningSeconds: 120, watchingSeconds: 1 },
    hosts: [{ id: 'gpu-1', watches: [{ path: own, resumeCommand: null }] }],
  });
  expect((await readdir(fixture.userDataDir)).filter((name) => name.includes('settings'))).toEqual([
    'settings.json',
  ]);
  app = await fixture.launch();
  await title(app, /^40%$/);
  page = await openSettings(app);
  expect(await page.getByLabel(text.poll).locator('option:checked').textContent()).toBe('Every 2 min');
  expect(await page.evaluate(() => window.innerWidth)).toBe(540);
});

it('that are damaged are set aside and told, and new ones begun', async () => {
  await writeFile(join(fixture.userDataDir, 'settings.json'), '{"version":1,"hosts":[{"id":');
  const app = await fixture.launch();
  await app.clickTray();
  const page = await app.window();
  await page
    .getByRole('alert')
    .getByText(/could not be read: it is not JSON/)
    .waitFor();
  const files = await readdir(fixture.userDataDir);
  const [aside] = files.filter((name) => name.startsWith('settings.json.damaged-'));
  expect(await readFile(join(fixture.userDataDir, aside ?? ''), 'utf8')).toBe('{"version":1,"hosts":[{"id":');
  // The new ones can be changed.
  await page.getByRole('button', { name: strings.screens.settings }).click();
  await page.getByRole('switch', { name: text.pause }).click();
  await waitFor('the file', async () => (await settingsFile())['paused'] === true);
});

it('pause polling from the menu: no connection is left, until somebody goes on', async () => {
  await runningJob();
  const app = await fixture.launch();
  await title(app, /^40% 2m$/);
  await app.rightClickTray();
  await app.clickMenu(strings.menu.pause);
  await waitFor('the icon', async () => (await app.tray()).icon === 'offline');
  expect(await app.tray()).toMatchObject({ title: '', tooltip: strings.tray.paused });
  const logins = (): number => fixture.sshd.log().split('Accepted publickey').length - 1;
  const before = logins();
  await waitFor('the connection to end', () => {
    const log = fixture.sshd.log();
    return (
      log.split('Disconnected from user').length - 1 + (log.split('Connection closed by').length - 1) >=
      before
    );
  });
  await app.clickTray();
  const page = await app.window();
  await page.getByText(text.paused).waitFor();
  expect(await settingsFile()).toMatchObject({ paused: true });
  expect(logins()).toBe(before);
  await page.getByRole('button', { name: text.goOn }).click();
  await title(app, /^40%/);
  await waitFor('a new connection', () => logins() > before);
});

it('have the system start the app at login, and tell where that needs approval', async () => {
  const app = await fixture.launch();
  await app.answerLoginItem('requires-approval');
  const page = await openSettings(app);
  const row = page.getByRole('switch', { name: text.launchAtLogin });
  await row.click();
  await page.getByText(text.needsApproval).waitFor();
  expect(await app.opensAtLogin()).toBe(true);
  // Approved in the system's own settings meanwhile.
  await app.answerLoginItem('enabled');
  await app.blur();
  await app.activate();
  await page.getByRole('button', { name: strings.screens.settings }).click();
  await page.getByText(text.needsApproval).waitFor({ state: 'detached' });
  expect(await row.isChecked()).toBe(true);
  await app.answerLoginItem('not-registered');
  await row.click();
  await waitFor('it to be off', async () => !(await app.opensAtLogin()));
  await row.click();
  await page.getByRole('alert').getByText(text.notRegistered.what).waitFor();
});

it('are forgotten by a reset, after a question; what is on the hosts stays', async () => {
  await runningJob();
  const app = await fixture.launch();
  await title(app, /^40%/);
  const page = await openSettings(app);
  await page.getByRole('button', { name: text.reset }).click();
  await page.getByRole('button', { name: text.resetConfirm, exact: true }).click();
  await page.getByRole('heading', { name: strings.empty.noHostsTitle }).waitFor();
  expect(await settingsFile()).toMatchObject({
    hosts: [],
    sshConfigFile: null,
    alerts: { state: 'undecided' },
  });
  await title(app, /^$/);
  expect(await readFile(join(fixture.sshd.home, 'data/dataset/PROGRESS.txt'), 'utf8')).toContain('400/1000');
});

it('stop watching a host that is removed', async () => {
  await runningJob();
  const app = await fixture.launch();
  await title(app, /^40%/);
  const page = await openSettings(app);
  await page.getByRole('button', { name: /^gpu-1/ }).click();
  await page.getByRole('button', { name: text.host.remove }).click();
  await page.getByRole('button', { name: text.host.removeConfirm, exact: true }).click();
  await page.getByRole('heading', { name: strings.screens.settings }).waitFor();
  await title(app, /^$/);
  expect(await settingsFile()).toMatchObject({ hosts: [] });
});
