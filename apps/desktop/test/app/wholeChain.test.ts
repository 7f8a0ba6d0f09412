import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AGENT_VERSION } from '../../src/main/agentFile.ts';
import { strings } from '../../src/strings.ts';
import {
  type LiveFixture,
  LONG,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from './liveFixture.ts';

// What a person has from the first start to the result in a folder, over every link: real sshd, real agent, real job.

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

const milepost = (): string => join(live.host.sshd.home, '.local/bin/milepost');

it('a job is resumed by its notification’s button, without the popover, and its end is told', async () => {
  const job = await live.job('nightly');
  const app = await live.launch(await live.userData());
  await job.open(6);
  await waitForTray(app, { title: /^60%/, icon: 'running' });
  await live.host.killAgent(job.results);
  const [interrupted] = await notificationsOf(app, 1);
  expect(interrupted?.actions).toEqual([strings.notification.resume]);
  await app.actOnNotification(interrupted?.id ?? '', 0);
  await waitForTray(app, { title: /^60%/, icon: 'running' });
  expect(await app.isPopoverVisible()).toBe(false);
  await job.open(10);
  const told = await notificationsOf(app, 2);
  expect(told[1]).toMatchObject({ title: 'nightly is complete', actions: [], shown: 1 });
  expect(await readFile(join(job.results, 'nightly.txt'), 'utf8')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
});

it('a job whose command fails shows its last error line, in the card and in the notification', async () => {
  const app = await live.launch(await live.userData());
  const results = join(live.host.dir, 'results-full');
  // macOS has no disk that is always full.
  const fillDisk =
    'if [ -e /dev/full ]; then seq 99 | cat > /dev/full; else echo "No space left on device" >&2; fi';
  await live.host.ssh([
    ...[
      milepost(),
      'run',
      '--name',
      'full',
      '--total',
      '3',
      '--every',
      '1',
      '--dir',
      results,
      '--ext',
      '.txt',
    ],
    ...['--retries', '0', '--merge', 'concat', '--detach', '--'],
    // Its own disk is full for the second batch.
    ...['sh', '-c', `echo {start}; if [ {start} = 1 ]; then ${fillDisk}; exit 1; fi`],
  ]);
  const [failed] = await notificationsOf(app, 1);
  expect(failed?.title).toBe('full failed');
  expect(failed?.body).toContain('No space left on device');
  await waitForTray(app, { title: /^33%$/, icon: 'problem' });
  const page = await openPopover(app);
  const card = page.getByRole('article', { name: 'full' });
  await card.getByText(strings.state.failed, { exact: true }).waitFor();
  await card.locator('.reason').getByText('No space left on device').waitFor();
  // What was saved stays, and a resume says so.
  await card.getByText('Keeps 1 items').waitFor();
});

it('from nothing configured to the fetched result, through a kill and one click', LONG, async () => {
  await rm(join(live.host.sshd.home, '.local'), { recursive: true });
  // The person's ssh knows the host's key; the app has not seen it.
  const { sshd } = live.host;
  const sshConfigFile = join(live.host.dir, 'ssh_config_of_the_app');
  const config = await readFile(sshd.config, 'utf8');
  await writeFile(sshConfigFile, config.replace(sshd.knownHosts, join(live.host.dir, 'no_known_hosts')));
  const app = await live.launch(await live.userData({ hosts: [], alerts: undefined, sshConfigFile }));
  expect(await app.tray()).toMatchObject({ title: '', icon: 'idle' });

  // The first run: the host, its key, its agent.
  const page = await openPopover(app);
  await page.getByRole('button', { name: strings.empty.addHost }).click();
  await page.getByRole('button', { name: sshd.alias }).click();
  await page.getByRole('button', { name: strings.setup.hostKey.trustLabel(sshd.alias) }).click();
  await page.getByRole('button', { name: strings.setup.install.button(AGENT_VERSION) }).click();
  await page.getByRole('button', { name: strings.setup.finish.add(sshd.alias) }).click();
  await page.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();

  // A job there: it is seen, and moves the title.
  const job = await live.job('dataset');
  const card = page.getByRole('article', { name: 'dataset' });
  await card.getByText(strings.state.running).waitFor();
  await page.getByRole('button', { name: strings.alerts.turnOn }).click();
  await page.getByText(strings.alerts.offer).waitFor({ state: 'detached' });
  await app.blur();
  await waitForTray(app, { title: /^0%/, icon: 'running' });
  await job.open(3);
  await waitForTray(app, { title: /^30%/, icon: 'running' });
  await job.open(4);
  await waitForTray(app, { title: /^40%/, icon: 'running' });

  // Its agent dies: told once. One click, and it goes on to its end, which is told once.
  await live.host.killAgent(job.results);
  const [interrupted] = await notificationsOf(app, 1);
  expect(interrupted).toMatchObject({ title: 'dataset was interrupted', shown: 1 });
  await waitForTray(app, { title: /^40%$/, icon: 'problem' });
  await openPopover(app);
  await card.getByText('Keeps 4 items').waitFor();
  await page.getByRole('button', { name: strings.resume.label('dataset') }).click();
  await card.getByText(strings.state.running, { exact: true }).waitFor();
  await job.open(10);
  const told = await notificationsOf(app, 2);
  expect(told.map(({ title, shown }) => [title, shown])).toEqual([
    ['dataset was interrupted', 1],
    ['dataset is complete', 1],
  ]);
  expect(told[1]?.body).toMatch(/10 items.*resumed once/);
  await waitForTray(app, { title: /^$/, icon: 'done' });

  // The result, in a folder of the person's.
  const downloads = join(live.host.dir, 'downloads');
  await mkdir(downloads);
  await app.answerDialog(downloads);
  await page.getByRole('button', { name: strings.detail.open('dataset') }).click();
  await page.getByRole('button', { name: strings.fetch.result }).click();
  const [fetched = ''] = await waitFor('the fetched file', async () => {
    const items = await app.shownItems();
    return items.length > 0 && items;
  });
  expect(fetched.startsWith(`${downloads}/`)).toBe(true);
  const undisturbed = await live.job('undisturbed');
  await undisturbed.open(10);
  await waitFor(
    'a run that nobody disturbs',
    async () => (await live.host.progress(undisturbed.results))?.status === 'complete',
  );
  const [ours, onHost, reference] = await Promise.all([
    readFile(fetched),
    readFile(join(job.results, 'dataset.txt')),
    readFile(join(undisturbed.results, 'undisturbed.txt')),
  ]);
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.equals(onHost)).toBe(true);
  expect(ours.equals(reference)).toBe(true);
  expect((await job.runs()).map(({ kind, run }) => `${kind} ${run}`)).toEqual([
    'start 1',
    'start 2',
    'end 2',
  ]);
});
