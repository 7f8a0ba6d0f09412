import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Relay, startRelay } from '@milepost/testing/relay';
import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { strings } from '../../src/strings.ts';
import {
  type LiveFixture,
  LONG,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
  watchIcons,
} from './liveFixture.ts';

// Sleep, wake, and a network that goes and comes, while real jobs go on at the host.

let live: LiveFixture;
let relay: Relay;
beforeAll(async () => {
  live = await startLiveFixture();
  relay = await startRelay(live.host.sshd.port);
});
afterEach(async () => {
  relay.heal();
  await live.endTest();
});
afterAll(async () => {
  await relay.close();
  await live.end();
});

const HOUR_MS = 3_600_000;

it('over a sleep: one summary of what ended meanwhile, nothing stalled, and the title right by the first look', async () => {
  const [done, dies, goesOn] = [await live.job('done'), await live.job('dies'), await live.job('goes-on')];
  await dies.open(2);
  // But for a wake it looks once in an hour.
  const seldom = { runningSeconds: 3600, watchingSeconds: 3600, idleSeconds: 3600 };
  const app = await live.launch(await live.userData({ poll: seldom }), { ownTime: true });
  await waitForTray(app, { icon: 'running' });

  await app.power('suspend');
  await done.open(10);
  await goesOn.open(6);
  await live.host.killAgent(dies.results);
  await waitFor('both', async () => {
    const [ended, moved] = await Promise.all(
      [done, goesOn].map(({ results }) => live.host.progress(results)),
    );
    return ended?.status === 'complete' && moved?.completed === 6;
  });
  await app.passTime(3 * HOUR_MS);
  await app.power('resume');
  await waitForTray(app, { title: /^20%$/, icon: 'problem' });
  const [summary, ...more] = await notificationsOf(app, 1);
  expect(more).toEqual([]);
  expect(summary).toMatchObject({
    title: '2 things happened while this Mac slept',
    body: 'dies was interrupted, done is complete',
    shown: 1,
  });
  const page = await openPopover(app);
  await page.getByRole('article', { name: 'goes-on' }).getByText('60%').waitFor();
  expect(await page.getByText(strings.state.stalled, { exact: true }).count()).toBe(0);
  await app.blur();

  // Over the next sleep one thing happens that anybody is told of, and so it is told as itself.
  await app.power('suspend');
  await live.job('begins');
  await goesOn.open(10);
  await waitFor('the end', async () => (await live.host.progress(goesOn.results))?.status === 'complete');
  await app.passTime(8 * HOUR_MS);
  await app.power('resume');
  const told = await notificationsOf(app, 2);
  expect(told.map(({ title }) => title)).toEqual([summary?.title, 'goes-on is complete']);
});

it(
  'without a network: unreachable after three failed looks and a minute, nothing said of the job; fresh when it is back',
  LONG,
  async () => {
    // A minute passes in six seconds.
    const PACE = 10;
    const sshConfigFile = await live.configThrough(relay);
    const job = await live.job('far');
    await job.open(2);
    const network = await changeableNetwork();
    const poll = { runningSeconds: 3, watchingSeconds: 3, idleSeconds: 3 };
    const app = await live.launch(await live.userData({ sshConfigFile, poll }), {
      ownTime: true,
      ...(network === null ? {} : { env: network.env }),
    });
    await waitForTray(app, { title: /^20%/, icon: 'running' });
    await app.paceTime(PACE);
    // By a timer that was set since.
    for (const batches of [3, 4]) {
      await job.open(batches);
      await waitForTray(app, { title: new RegExp(`^${batches}0%`), icon: 'running' });
    }
    const icons = watchIcons(app);

    relay.cut();
    const cutAt = performance.now();
    const { connections } = relay.passed();
    await job.open(7);
    await waitForTray(app, { title: /^$/, icon: 'offline' });
    expect((performance.now() - cutAt) * PACE).toBeGreaterThan(60_000);
    // The kept connection, and two new ones.
    expect(relay.passed().connections - connections).toBeGreaterThanOrEqual(2);
    const page = await openPopover(app);
    await page.getByRole('article', { name: 'far' }).getByText(strings.state.unreachable).waitFor();
    await app.blur();

    await app.paceTime(1);
    relay.heal();
    if (network === null) await page.getByRole('button', { name: strings.host.tryNowLabel('gpu-1') }).click();
    else await network.change();
    await waitForTray(app, { title: /^70%/, icon: 'running' });
    expect(await icons.end()).toEqual(['running', 'offline', 'running']);
    expect(await app.notifications()).toEqual([]);
  },
);

/** What the app watches the network by, replaced by one that the test can change; null on macOS, which has only its own. */
async function changeableNetwork(): Promise<{ env: Record<string, string>; change(): Promise<void> } | null> {
  if (process.platform === 'darwin') return null;
  const bin = join(live.host.dir, 'bin');
  const changes = join(bin, 'changes');
  await mkdir(bin);
  await writeFile(changes, '');
  await writeFile(join(bin, 'ip'), `#!/bin/sh\nexec tail -n +1 -f '${changes}'\n`);
  await chmod(join(bin, 'ip'), 0o755);
  return {
    env: { PATH: `${bin}${delimiter}${process.env['PATH']}` },
    change: () => appendFile(changes, '2: en0 inet 10.0.0.7/24\n'),
  };
}
