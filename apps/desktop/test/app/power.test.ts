import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@milepost/testing/waitFor';
import type { TestJob } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AppDriver } from '../driver/driver.ts';
import { isAlive } from '../driver/isAlive.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

// What the machine does, as the app hears of it: sleep, battery, and another network.

let fixture: AppFixture;
let job: TestJob;
beforeEach(async () => {
  fixture = await startFixture();
  job = await fixture.job('dataset');
  await at(100);
  await job.startRun();
});
afterEach(() => fixture.end());

const at = (completed: number): Promise<void> => job.progress({ completed, total: 1000, status: 'RUNNING' });

/** By itself the app looks once, and again after an hour. */
async function launchPatient(options: Parameters<AppFixture['launch']>[0] = {}): Promise<AppDriver> {
  await fixture.writeSettings({ poll: { runningSeconds: 3600, watchingSeconds: 3600, idleSeconds: 3600 } });
  const app = await fixture.launch(options);
  await waitForTitle(app, /^10%/);
  return app;
}
async function waitForTitle(app: AppDriver, title: RegExp): Promise<void> {
  await waitFor(`the title ${title}`, async () => title.test((await app.tray()).title));
}

it('looks at once when the machine wakes', async () => {
  const app = await launchPatient();
  await app.power('suspend');
  await at(800);
  await app.power('resume');
  await waitForTitle(app, /^80%/);
});

it('looks at once when somebody unlocks a machine that never said it woke', async () => {
  const app = await launchPatient();
  await app.power('suspend');
  await app.power('lock-screen');
  await at(800);
  await app.power('unlock-screen');
  await waitForTitle(app, /^80%/);
});

it('looks half as often on battery', async () => {
  const app = await fixture.launch();
  await waitForTitle(app, /^10%/);
  await app.power('on-battery');
  let isWriting = true;
  const writing = (async () => {
    for (let completed = 100; isWriting && completed < 1000; completed += 10) {
      await at(completed);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  })();
  const changes = async (): Promise<number> => (await app.tray()).titleChanges;
  const first = await changes();
  await waitFor('a look on battery', async () => (await changes()) > first);
  const began = performance.now();
  await waitFor('four more', async () => (await changes()) > first + 4);
  // Every second by the settings: on battery no two looks begin less than two seconds apart.
  expect(performance.now() - began).toBeGreaterThan(7000);
  isWriting = false;
  await writing;
});

it('looks at once when the network has changed, and leaves nothing that watches it', async () => {
  const { env, network, watcher } = await networkOfTest();
  const app = await launchPatient({ env });
  const pid = await watcher(app);
  if (network !== null) {
    await at(800);
    await appendFile(network, '2: en0 inet 10.0.0.7/24\n');
    await waitForTitle(app, /^80%/);
  }
  expect(isAlive(pid)).toBe(true);
  await app.kill();
  await waitFor('the program that watches the network to end', () => !isAlive(pid));
});

interface NetworkOfTest {
  env: Record<string, string>;
  /** What is appended here is a change of the network; null where the test can't make one. */
  network: string | null;
  /** The process that watches the network for the app. */
  watcher(app: AppDriver): Promise<number>;
}

/** Linux: an `ip` of the test's own. macOS: the system's scutil, of which only its life can be seen. */
async function networkOfTest(): Promise<NetworkOfTest> {
  if (process.platform === 'darwin') {
    return {
      env: {},
      network: null,
      async watcher(app) {
        const { stdout } = await promisify(execFile)('pgrep', ['-P', (await app.pids()).join(), 'scutil']);
        return Number(stdout.trim());
      },
    };
  }
  const bin = join(fixture.userDataDir, '../bin');
  const network = join(bin, 'network');
  const pidFile = join(bin, 'pid');
  await mkdir(bin);
  await writeFile(network, '');
  await writeFile(
    join(bin, 'ip'),
    `#!/bin/sh\necho $$ > '${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'\nexec tail -n +1 -f '${network}'\n`,
  );
  await chmod(join(bin, 'ip'), 0o755);
  return {
    env: { PATH: `${bin}${delimiter}${process.env['PATH']}` },
    network,
    watcher: () =>
      waitFor('the program that watches the network', async () =>
        Number(await readFile(pidFile, 'utf8').catch(() => '')),
      ),
  };
}
