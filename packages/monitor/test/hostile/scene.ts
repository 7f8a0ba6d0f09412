import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, makeJob } from '@milepost/testing/writtenJob';
import { expect } from 'vitest';
import type { WatcherOrder } from '../watcher/report.ts';
import { startWatcher, type Watcher } from '../watcher/watcher.ts';

export const MAX_MB = 150;

/** A healthy host on a real sshd, whose one job goes on and on, and a watcher of it and of a host that means harm. */
export interface Scene {
  /** A folder of the test's own. */
  dir: string;
  /** The ssh config file that the watcher reads. */
  configFile: string;
  /** Is called at the end, before anything else ends. */
  ending: (() => unknown)[];
  /** `destination` is the host that means harm, known as `bad`; `config` is its part of an ssh config file. */
  start(destination: string, config: string, order?: Partial<WatcherOrder>): Promise<Watcher>;
  /** How the link to `bad` is shown. */
  link(): string | undefined;
  /** What is shown to be wrong with `bad`. */
  problem(): string | null | undefined;
  /** The healthy host was seen at work all along; nothing was written; memory stayed small. */
  expectUnharmed(polls?: number): Promise<void>;
  end(): Promise<void>;
}

/** What a test itself puts into the folder, and what the watcher keeps there. */
const OWN = ['w', 'h', 'cwd', 'fetched', 'ssh_config', 'events.json', 'history.json', 'liar'];

/** `program` is what `bundleWatcher` made. */
export async function startScene(program: string): Promise<Scene> {
  const temp = await makeTempDir();
  const healthy = await startSshd({ dir: join(temp.path, 'w'), alias: 'healthy' });
  await installFakeAgent(healthy.home, 'exit 4');
  const job = await makeJob(healthy.home, 'well');
  await job.startRun(1);
  let completed = 0;
  let isAtWork = true;
  const working = (async () => {
    while (isAtWork) {
      completed += 1;
      await job.progress({ completed, total: 1_000_000, status: 'RUNNING' });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const configFile = join(temp.path, 'ssh_config');
  const ending: (() => unknown)[] = [];
  let watcher: Watcher | undefined;

  function current(): Watcher {
    if (watcher === undefined) throw new Error('The watcher was not started.');
    return watcher;
  }
  const bad = () => watcher?.view()?.hosts.find(({ id }) => id === 'bad');

  return {
    dir: temp.path,
    configFile,
    ending,
    async start(destination, config, order = {}) {
      await writeFile(configFile, config + (await readFile(healthy.config, 'utf8')));
      watcher = startWatcher(program, temp.path, {
        hosts: [
          { id: 'good', destination: 'healthy', paths: [] },
          { id: 'bad', destination, paths: [] },
        ],
        configFile,
        events: join(temp.path, 'events.json'),
        callDeadlineMs: 3000,
        ...order,
      });
      return watcher;
    },
    link: () => bad()?.link,
    problem: () => bad()?.problem,
    async expectUnharmed(polls = 15) {
      const seen = current();
      const from = seen.viewTimes('well').length;
      await waitFor('the other host', () => seen.viewTimes('well').length >= from + polls);
      const times = seen.viewTimes('well');
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      // Its interval is 150 ms; the limit only catches a host that holds up the other.
      expect(Math.max(...gaps)).toBeLessThan(10_000);
      expect(seen.peakMb()).toBeLessThan(MAX_MB);
      expect(seen.errors()).toBe('');
      expect(await readdir(join(temp.path, 'cwd'))).toEqual([]);
      expect((await readdir(temp.path)).filter((name) => !OWN.includes(name))).toEqual([]);
    },
    async end() {
      for (const end of ending.splice(0)) await end();
      await watcher?.end('SIGKILL');
      isAtWork = false;
      await working;
      await job.kill();
      await healthy.stop();
      await temp.remove();
    },
  };
}
