import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { PYTHON } from '@milepost/testing/python';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AppDriver } from '../../apps/desktop/test/driver/driver.ts';
import { isAlive } from '../../apps/desktop/test/driver/isAlive.ts';
import { launchWatching } from './watchingApp.ts';

// The project's first promise, over every link at once: a job on a host runs, is seen, dies, is told, is resumed by one
// click, completes, is told, and its result is right.

const EXAMPLE = join(import.meta.dirname, '../../examples/dataset');

let host: TestHost;
let app: AppDriver | undefined;
beforeEach(async () => {
  host = await startHost();
});
afterEach(async () => {
  await app?.kill();
  app = undefined;
  await host.remove();
});

/** The dataset job of the example's README; `slow` gives each batch so many seconds more. */
function datasetJob(results: string, slow: number): string[] {
  return [
    ...[
      'run',
      '--name',
      'dataset',
      '--total',
      '1000',
      '--unit',
      'samples',
      '--every',
      '100',
      '--dir',
      results,
    ],
    ...[
      '--ext',
      '.npz',
      '--merge',
      `${PYTHON} ${join(EXAMPLE, 'merge.py')} {output} --list {list}`,
      '--detach',
      '--',
    ],
    ...[PYTHON, join(EXAMPLE, 'gen.py'), '--start', '{start}', '--count', '{count}', '--out', '{output}'],
    ...(slow > 0 ? ['--slow', String(slow)] : []),
  ];
}

test('a job is run, seen, killed, told, resumed by a click, completed, told, and its result is right', async () => {
  const results = join(host.dir, 'results');
  const undisturbed = join(host.dir, 'undisturbed');
  const agent = join(host.sshd.home, '.local/bin/milepost');
  expect(await host.ssh([agent, ...datasetJob(results, 1)])).toBe('dataset\n');

  const seen = await launchWatching(host);
  app = seen;
  const first = await waitFor(
    'a percentage in the menu bar',
    async () => /^\d+% .+/.exec((await seen.tray()).title)?.[0],
  );
  await waitFor('the title to move on', async () => {
    const { title } = await seen.tray();
    return /^\d+% .+/.test(title) && title.split('%')[0] !== first.split('%')[0];
  });
  expect((await seen.tray()).icon).toBe('running');
  expect(await seen.notifications()).toEqual([]);

  await host.killAgent(results);
  const before = await host.committed(results);
  const interrupted = await waitFor('the notification of the interruption', async () =>
    (await seen.notifications()).find(({ title }) => /interrupted/i.test(title)),
  );
  expect(interrupted.title).toContain('dataset');
  expect((await seen.tray()).icon).toBe('problem');

  await seen.clickTray();
  await waitFor('the popover', () => seen.isPopoverVisible());
  const page = await seen.window();
  const resume = page.getByRole('button', { name: 'Resume dataset' });
  await resume.click();
  await waitFor('the job to run again on the host', async () => (await host.progress(results))?.runs === 2);
  await waitFor('the card to say so', async () => (await page.getByText('Running').count()) > 0);
  expect(await resume.count()).toBe(0);

  const completed = await waitFor(
    'the notification of the end',
    async () => (await seen.notifications()).find(({ title }) => /complete/i.test(title)),
    { limitMs: 120_000 },
  );
  expect(completed.body).toContain('1,000 samples');
  await waitFor('the icon of a finished job', async () => (await seen.tray()).icon === 'done');
  expect((await seen.notifications()).map(({ title, shown }) => [title, shown])).toEqual([
    [interrupted.title, 1],
    [completed.title, 1],
  ]);

  expect(await host.progress(results)).toMatchObject({
    status: 'complete',
    completed: 1000,
    total: 1000,
    runs: 2,
  });
  const after = await host.committed(results);
  expect(after.slice(0, before.length)).toEqual(before);
  expect([...after].sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, batch) => batch * 100));

  const plain = datasetJob(undisturbed, 0).filter((word) => word !== '--detach');
  await promisify(execFile)(agent, plain, {
    env: { ...process.env, HOME: host.sshd.home, XDG_STATE_HOME: '' },
  });
  const [disturbed, reference] = await Promise.all(
    [results, undisturbed].map((dir) => readFile(join(dir, 'dataset.npz'))),
  );
  expect(disturbed?.equals(reference ?? Buffer.alloc(0))).toBe(true);
  expect((await readdir(results)).filter((name) => name.startsWith('checkpoint_')).length).toBe(10);

  const pids = await seen.pids();
  await seen.quit();
  app = undefined;
  expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
});
