import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { type GatedJob, type GatedJobOptions, startGatedJob } from '@milepost/testing/gatedJob';
import type { Relay } from '@milepost/testing/relay';
import { waitFor } from '@milepost/testing/waitFor';
import { type AppDriver, type LaunchOptions, launchApp } from '../driver/driver.ts';

// The built app, and a host on which the built agent runs real jobs. One host for all tests of a file.

export interface LiveFixture {
  host: TestHost;
  /** Starts a job there as a person does, by ssh; it ends with the test. */
  job(name: string, options?: GatedJobOptions): Promise<GatedJob>;
  /** A new userData folder. Its settings watch the host every second and show alerts; `changes` replace what they name. */
  userData(changes?: Readonly<Record<string, unknown>>): Promise<string>;
  /** An ssh config like the host's own by which the way to it leads through a relay. */
  configThrough(relay: Relay): Promise<string>;
  /** Launches an app that ends with the test. */
  launch(userDataDir: string, options?: Partial<LaunchOptions>): Promise<AppDriver>;
  /** Ends the apps and jobs of a test. */
  endTest(): Promise<void>;
  end(): Promise<void>;
}

export async function startLiveFixture(): Promise<LiveFixture> {
  const host = await startHost();
  const apps: AppDriver[] = [];
  const jobs: GatedJob[] = [];
  return {
    host,
    async job(name, options) {
      const job = await startGatedJob(host, name, options);
      jobs.push(job);
      return job;
    },
    async userData(changes = {}) {
      const userDataDir = await mkdtemp(join(host.dir, 'userData-'));
      const settings = {
        version: 1,
        hosts: [{ id: 'gpu-1', destination: host.sshd.alias, paths: [] }],
        sshConfigFile: host.sshd.config,
        poll: { runningSeconds: 1, watchingSeconds: 1, idleSeconds: 1 },
        alerts: { state: 'on' },
        ...changes,
      };
      await writeFile(join(userDataDir, 'settings.json'), JSON.stringify(settings));
      return userDataDir;
    },
    async configThrough(relay) {
      const path = join(host.dir, 'ssh_config_of_the_relay');
      const config = await readFile(host.sshd.config, 'utf8');
      const way = `Port ${relay.port}\n  HostKeyAlias [127.0.0.1]:${host.sshd.port}`;
      await writeFile(path, config.replace(`Port ${host.sshd.port}`, way));
      return path;
    },
    async launch(userDataDir, more = {}) {
      const app = await launchApp({ userDataDir, ...more });
      apps.push(app);
      return app;
    },
    async endTest() {
      await Promise.all(apps.splice(0).map((app) => app.kill()));
      for (const job of jobs.splice(0)) {
        await job.open(job.total);
        await waitFor('the job to end', async () => !(await host.isHeld(job.results)));
      }
      await host.ssh(['rm', '-rf', join(host.sshd.home, '.local/state')]);
    },
    async end() {
      await host.remove();
    },
  };
}

/** A test that starts the app several times; its limit only catches hangs. */
export const LONG = { timeout: 120_000 };

/** Waits for what the menu bar shows. */
export async function waitForTray(
  app: AppDriver,
  wanted: { title?: RegExp; icon?: string },
  limitMs = 30_000,
): Promise<void> {
  const said = `the menu bar to show ${String(wanted.title ?? '')} ${wanted.icon ?? ''}`;
  const isShown = async (): Promise<boolean> => {
    const { title, icon } = await app.tray();
    return (wanted.title?.test(title) ?? true) && (wanted.icon ?? icon) === icon;
  };
  await waitFor(said, isShown, { limitMs }).catch(async (error: unknown) => {
    const shown = JSON.stringify(await app.tray());
    throw new Error(`${String(error)}\nIt shows ${shown}; the app said:\n${app.log()}`);
  });
}

/** Waits until that many notifications were shown; all of them, in order. */
export async function notificationsOf(app: AppDriver, count: number) {
  const wait = waitFor(`${count} notifications`, async () => (await app.notifications()).length >= count);
  await wait.catch(async (error: unknown) => {
    throw new Error(`${String(error)}\nThere are ${JSON.stringify(await app.notifications())}`);
  });
  return await app.notifications();
}

/** Opens the popover where it is closed; its page. */
export async function openPopover(app: AppDriver) {
  if (!(await app.isPopoverVisible())) await app.clickTray();
  return await app.window();
}

/** The icon's states, each time that it changed. */
export function watchIcons(app: AppDriver): { end(): Promise<string[]> } {
  const seen: string[] = [];
  let isWatching = true;
  const look = async (): Promise<void> => {
    const { icon } = await app.tray();
    if (seen.at(-1) !== icon) seen.push(icon);
  };
  const watching = (async () => {
    while (isWatching) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  // A test that fails ends the app before it asks.
  watching.catch(() => {});
  return {
    async end() {
      isWatching = false;
      await watching;
      await look();
      return seen;
    },
  };
}
