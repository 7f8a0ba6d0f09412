import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { replaceFile } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIRST_COMMAND, strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

let fixture: AppFixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.end());

const RUNNING = { completed: 400, total: 1000, status: 'RUNNING', more: ['Unit: samples'] };

/** An agent that plans and resumes: `resumed` is made on the host when it was told to go on. */
function planningAgent(redo = '[]'): string {
  const plan = `{"version":1,"id":"dataset","state":"interrupted","done":{"batches":4,"items":400},"todo":{"items":600},"redo":${redo},"estimatedSeconds":120,"refused":null}`;
  const started =
    '{"version":1,"id":"dataset","dir":"/x","run":2,"runId":"run-00000002","alreadyComplete":false}';
  return `case "$*" in *--plan*) printf '%s\\n' '${plan}';; *--detach*) echo "$*" >> "$HOME/resumed"; printf '%s\\n' '${started}';; *) exit 4;; esac`;
}

function resumes(): Promise<string[]> {
  return readFile(join(fixture.sshd.home, 'resumed'), 'utf8').then(
    (text) => text.trim().split('\n'),
    () => [],
  );
}

async function waitForTray(app: AppDriver, wanted: { title?: RegExp; icon?: string }): Promise<void> {
  await waitFor(`the menu bar to show ${String(wanted.title ?? '')} ${wanted.icon ?? ''}`, async () => {
    const { title, icon } = await app.tray();
    return (wanted.title?.test(title) ?? true) && (wanted.icon ?? icon) === icon;
  }).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}\nIt shows ${JSON.stringify(await app.tray())}; the app said:\n${app.log()}`,
    );
  });
}

describe('a job on a host', () => {
  it('moves the title, and is a card in the popover', async () => {
    const job = await fixture.job('dataset');
    await job.progress(RUNNING);
    await job.startRun();
    const app = await fixture.launch({ deviceScaleFactor: 2 });
    await waitForTray(app, { title: /^40% 2m$/, icon: 'running' });
    await job.progress({ ...RUNNING, completed: 700, etaMinutes: '1.0 min' });
    await waitForTray(app, { title: /^70% (1m|<1m)$/, icon: 'running' });

    await app.clickTray();
    const page = await app.window();
    const card = page.getByRole('article', { name: 'dataset' });
    await card.getByText('70%').waitFor();
    expect(await card.textContent()).toMatch(/Runningon gpu-1[\s\S]*700 \/ 1,000 samples/);
    // The open popover follows.
    await job.progress({ ...RUNNING, completed: 900, etaMinutes: '0.5 min' });
    await card.getByText('90%').waitFor();
    await app.screenshot(join(fixture.userDataDir, 'popover.png'));
    const png = await readFile(join(fixture.userDataDir, 'popover.png'));
    expect(png.readUInt32BE(16)).toBe(360 * 2);
  });

  it('is shown again after the popover’s page died', async () => {
    const app = await fixture.launch();
    await app.crashPage();
    await app.clickTray();
    const page = await app.window();
    await page.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();
  });

  it('is told once when it dies, and a click on that leads to its card', async () => {
    await fixture.agent(planningAgent());
    const job = await fixture.job('dataset');
    await job.progress(RUNNING);
    await job.startRun();
    const app = await fixture.launch();
    await waitForTray(app, { icon: 'running' });
    await job.kill();
    await waitForTray(app, { title: /^40%$/, icon: 'problem' });
    const [told, ...others] = await waitFor('the notification', async () => {
      const list = await app.notifications();
      return list.length > 0 && list;
    });
    expect(others).toEqual([]);
    expect(told).toMatchObject({
      title: 'dataset was interrupted',
      actions: [strings.notification.resume],
      shown: 1,
    });
    if (told === undefined) throw new Error('There is no notification.');

    await app.clickNotification(told.id);
    expect(await app.isPopoverVisible()).toBe(true);
    const page = await app.window();
    expect(await page.locator('.card.led h2').textContent()).toBe('dataset');
    await page.getByText('Keeps 400 samples').waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Resume dataset' }).waitFor();
    expect(await resumes()).toEqual([]);
  });

  it('is resumed by the action of its notification, without the popover', async () => {
    await fixture.agent(planningAgent());
    const job = await fixture.job('dataset');
    await job.progress(RUNNING);
    await job.startRun();
    const app = await fixture.launch();
    await waitForTray(app, { icon: 'running' });
    await job.kill();
    const [told] = await waitFor('the notification', async () => {
      const found = await app.notifications();
      return found.length > 0 && found;
    });
    await app.actOnNotification(told?.id ?? '', 0);
    await waitFor('the resume', async () => (await resumes()).length === 1);
    expect(await resumes()).toEqual(['resume dataset --detach --json']);
    expect(await app.isPopoverVisible()).toBe(false);
    await waitForTray(app, { icon: 'running' });
  });

  it('asks in the popover where committed work would be redone', async () => {
    await fixture.agent(
      planningAgent('[{"first":0,"count":100,"reason":"checkpoint_00000.npz is 12 bytes short"}]'),
    );
    const job = await fixture.job('dataset');
    await job.progress(RUNNING);
    await job.startRun();
    await job.kill();
    const app = await fixture.launch();
    await app.clickTray();
    const page = await app.window();
    await page.getByRole('button', { name: 'Resume dataset' }).click();
    await page.getByRole('alert').getByText('100 saved samples must be done again').waitFor();
    expect(await resumes()).toEqual([]);
    await page.getByRole('button', { name: strings.resume.confirmAnyway }).click();
    await waitFor('the resume', async () => (await resumes()).length === 1);
    await page.getByRole('button', { name: strings.resume.sending }).waitFor();
  });

  it('is told once when it completes, also after a restart of the app', async () => {
    const job = await fixture.job('dataset');
    await job.progress(RUNNING);
    await job.startRun();
    let app = await fixture.launch();
    await waitForTray(app, { icon: 'running' });
    await job.progress({ ...RUNNING, completed: 1000, status: 'COMPLETE', etaMinutes: '0.0 min' });
    await job.endRun(1, 'complete');
    await waitForTray(app, { title: /^$/, icon: 'done' });
    await waitFor('the notification', async () => (await app.notifications()).length === 1);
    expect(await app.notifications()).toMatchObject([
      { title: 'dataset is complete', actions: [], shown: 1 },
    ]);
    await app.quit();
    app = await fixture.launch();
    await waitForTray(app, { icon: 'done' });
    expect(await app.notifications()).toEqual([]);
  });

  it('that is complete is dismissed for good, until it runs again', async () => {
    const job = await fixture.job('dataset');
    await job.progress({ ...RUNNING, completed: 1000, status: 'COMPLETE' });
    await job.startRun();
    await job.endRun(1, 'complete');
    let app = await fixture.launch();
    await waitForTray(app, { icon: 'done' });
    await app.clickTray();
    const page = await app.window();
    await page.getByRole('button', { name: strings.jobs.dismiss('dataset') }).click();
    await page.getByRole('article').waitFor({ state: 'detached' });
    await waitForTray(app, { icon: 'idle' });
    await app.quit();
    app = await fixture.launch();
    await app.clickTray();
    const again = await app.window();
    await again.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();
    await job.progress(RUNNING);
    await job.startRun(2);
    await again.getByRole('article', { name: 'dataset' }).waitFor();
    await waitForTray(app, { icon: 'running' });
  });

  it('shows hostile text harmlessly: in the card, its log, the notification, the icon and the menu', async () => {
    const log = '<img src=x onerror=alert(1)>\\033]0;owned\\007 \\342\\200\\256bidi';
    await fixture.agent(
      `case "$*" in logs*) printf '${log}\\n'; head -c 1048576 /dev/zero | tr '\\0' x;; *) exit 4;; esac`,
    );
    const job = await fixture.job('dataset');
    await job.progress({
      ...RUNNING,
      more: [
        'Job: <img src=x onerror=alert(1)>\u001b]0;owned\u0007\u202e',
        `Message: ${'<script>'.repeat(5000)}`,
      ],
    });
    await job.startRun();
    const app = await fixture.launch();
    await waitForTray(app, { icon: 'running' });
    await job.endRun(1, 'failed', `<b>\u001b[31mno\u0007\u202e${'y'.repeat(1000)}`);
    await waitForTray(app, { icon: 'problem' });
    const [told] = await waitFor('the notification', async () => {
      const found = await app.notifications();
      return found.length > 0 && found;
    });
    await app.clickTray();
    const page = await app.window();
    await page.getByRole('button', { name: strings.detail.open('dataset') }).click();
    const shownLog = page.getByRole('region', { name: strings.detail.logOf('dataset') }).locator('pre');
    await shownLog.getByText('<img src=x onerror=alert(1)>').waitFor();
    const lines = ((await shownLog.textContent()) ?? '').split('\n');
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    const { title, tooltip } = await app.tray();
    expect(title).toBe('40%');
    await app.rightClickTray();
    for (const text of [tooltip, told?.title ?? '', told?.body ?? '', ...(await app.menu())]) {
      expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(text.length).toBeLessThanOrEqual(200);
    }
    for (const line of lines) {
      expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(line.length).toBeLessThanOrEqual(500);
    }
  });
});

describe('a host', () => {
  it('without a job teaches the first command', async () => {
    const app = await fixture.launch();
    await app.clickTray();
    const page = await app.window();
    await page.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();
    await page.getByRole('button', { name: strings.empty.copyLabel }).click();
    await waitFor('the command', async () => (await app.clipboard()) === FIRST_COMMAND);
  });

  it('that is added to the settings is watched when the popover opens next', async () => {
    await fixture.writeSettings({ hosts: [] });
    const job = await fixture.job('dataset');
    await job.progress(RUNNING);
    await job.startRun();
    const app = await fixture.launch();
    await waitForTray(app, { icon: 'idle' });
    await fixture.writeSettings();
    await app.clickTray();
    await waitForTray(app, { icon: 'running' });
  });
});

it('sets damaged settings aside, says so, and goes on', async () => {
  const path = join(fixture.userDataDir, 'settings.json');
  await writeFile(path, '{"version":1,"hosts":');
  const app = await fixture.launch();
  await app.clickTray();
  const page = await app.window();
  await page.getByRole('alert').getByText('could not be read').waitFor();
  await replaceFile(path, '{"version":1}');
});
