import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import {
  type LiveFixture,
  LONG,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from './liveFixture.ts';

// The app ends and is started again on the same userData, while jobs go on at the host.

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

const titles = async (app: AppDriver): Promise<string[]> =>
  (await app.notifications()).map(({ title }) => title);

it(
  'quit in the middle of a run: the title is right again, and what happened meanwhile is told, once',
  LONG,
  async () => {
    const userData = await live.userData();
    const job = await live.job('middle');
    await job.open(3);
    let app = await live.launch(userData);
    await waitForTray(app, { title: /^30%/, icon: 'running' });
    await app.quit();

    // It goes on.
    await job.open(5);
    await waitFor('half of it', async () => (await live.host.progress(job.results))?.completed === 5);
    app = await live.launch(userData);
    await waitForTray(app, { title: /^50%/, icon: 'running' });
    expect(await titles(app)).toEqual([]);
    await app.quit();

    // It dies.
    await live.host.killAgent(job.results);
    app = await live.launch(userData);
    await waitForTray(app, { title: /^50%$/, icon: 'problem' });
    await notificationsOf(app, 1);
    expect(await titles(app)).toEqual(['middle was interrupted']);

    // It is resumed, and ends while nobody watches. What was told before is not told again.
    const page = await openPopover(app);
    await page.getByRole('button', { name: strings.resume.label('middle') }).click();
    await waitForTray(app, { title: /^50%/, icon: 'running' });
    await app.quit();
    await job.open(10);
    await waitFor('its end', async () => (await live.host.progress(job.results))?.status === 'complete');
    app = await live.launch(userData);
    await waitForTray(app, { title: /^$/, icon: 'done' });
    await notificationsOf(app, 1);
    expect(await titles(app)).toEqual(['middle is complete']);
  },
);

it(
  'quit, or killed, while a notification stands: a click on it opens the job, also by starting the app, and its button resumes',
  LONG,
  async () => {
    const userData = await live.userData();
    const other = await live.job('other');
    const job = await live.job('standing');
    await job.open(7);
    let app = await live.launch(userData);
    await waitForTray(app, { title: /^(0|70)%/, icon: 'running' });
    await live.host.killAgent(job.results);
    const [told] = await notificationsOf(app, 1);
    const id = told?.id ?? '';
    await app.quit();

    app = await live.launch(userData);
    await waitForTray(app, { title: /^70%$/, icon: 'problem' });
    await app.clickNotification(id);
    expect(await app.isPopoverVisible()).toBe(true);
    const page = await app.window();
    expect(await page.locator('.card.led h2').textContent()).toBe('standing');

    // Another one stands, of a job that the next launch has not looked at when its button is pressed.
    await live.host.killAgent(other.results);
    const [second] = await notificationsOf(app, 1);
    expect(second?.title).toBe('other was interrupted');
    await app.kill();
    app = await live.launch(userData);
    await waitFor('the app to know of it', () => app.actOnNotification(second?.id ?? '', 0).then(() => true));
    await waitFor('the run of it', async () => (await other.runs()).length === 2);
    expect(await app.isPopoverVisible()).toBe(false);
    // Killed before it was noted as shown it is shown again, in place of itself.
    expect((await app.notifications()).filter(({ id: shown }) => shown !== second?.id)).toEqual([]);

    // The system starts the app by a click, too.
    await other.open(10);
    const ended = await waitFor('the end to be told', async () =>
      (await app.notifications()).find(({ title }) => title === 'other is complete'),
    );
    await app.quit();
    app = await live.launch(userData, { clickedNotification: ended.id });
    await waitFor('the popover', () => app.isPopoverVisible());
    const opened = await app.window();
    await opened.locator('.card.led').getByRole('heading', { name: 'other' }).waitFor();
  },
);
