import { execFile } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { PYTHON } from '@milepost/testing/python';
import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppDriver } from '../../apps/desktop/test/driver/driver.ts';
import { launchWatching } from './watchingApp.ts';

// Programs as they are, over every link: one that nobody has changed, under the agent, and one with the two lines of
// Python in it, started by itself. Both are seen, killed, told and resumed by a click, to the same results.

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

const NUMBERS = `
import os, time
import milepost

job = milepost.Job("numbers", total=40, every=2, unit="numbers", ext=".txt", final="numbers.txt")
for batch in job.batches():
    while batch.start >= 10 and not os.path.exists("go"):
        time.sleep(0.05)
    job.save(batch, "".join(f"{n}\\n" for n in batch).encode())
job.merge(milepost.concat)
`;

let host: TestHost;
let app: AppDriver;
let train: string;
let undisturbed: Buffer;
beforeAll(async () => {
  host = await startHost();
  train = join(host.dir, 'train');
  await cp(join(ROOT, 'examples/train'), train, { recursive: true });
  await run(PYTHON, ['train.py'], { cwd: train });
  undisturbed = await readFile(join(train, 'weights.npz'));
  await rm(join(train, 'weights.npz'));
  await rm(join(train, 'ckpt'), { recursive: true });
  await writeFile(join(train, 'count.py'), NUMBERS);
  app = await launchWatching(host);
});
afterAll(async () => {
  await app?.kill();
  await host?.remove();
});

const told = (title: RegExp) =>
  waitFor(
    `a notification ${title}`,
    async () => (await app.notifications()).find((shown) => title.test(shown.title)),
    { limitMs: 90_000 },
  );

test('an unchanged training and a program with two lines are seen, killed, told, resumed and right', async () => {
  await app.clickTray();
  await waitFor('the popover', () => app.isPopoverVisible());
  const page = await app.window();
  const agent = join(host.sshd.home, '.local/bin/milepost');
  await host.ssh([
    ...[
      'sh',
      '-c',
      `cd ${train} && ${agent} run --name train --dir results --checkpoints 'ckpt/*.npz' \\
      --resume-args '--resume-from {checkpoint}' --detach -- ${PYTHON} train.py --slow 0.5`,
    ],
  ]);
  const client = join(ROOT, 'clients/python');
  await host.ssh([
    ...[
      'sh',
      '-c',
      `cd ${train} && PYTHONPATH=${client} nohup ${PYTHON} count.py >/dev/null 2>&1 </dev/null &`,
    ],
  ]);
  await page.getByRole('progressbar', { name: 'Progress of train' }).waitFor();
  await page.getByRole('progressbar', { name: 'Progress of numbers' }).waitFor();
  const results = join(train, 'results');
  const numbers = join(train, 'numbers');
  await waitFor('some epochs', async () => ((await host.progress(results))?.completed ?? 0) >= 12);
  await waitFor('some batches', async () => ((await host.progress(numbers))?.completed ?? 0) >= 10);

  await host.killAgent(results);
  await host.killAgent(numbers);
  await told(/train.*interrupted|interrupted.*train/i);
  await told(/numbers.*interrupted|interrupted.*numbers/i);
  const resumeTrain = page.getByRole('button', { name: 'Resume train' });
  await resumeTrain.waitFor();
  await page.getByText(/Goes on from ckpt\/epoch_00\d\d\.npz/).waitFor();
  await resumeTrain.click();
  await writeFile(join(train, 'go'), '');
  await page.getByRole('button', { name: 'Resume numbers' }).click();
  await told(/train.*complete|complete.*train/i);
  await told(/numbers.*complete|complete.*numbers/i);

  expect((await readFile(join(train, 'weights.npz'))).equals(undisturbed)).toBe(true);
  expect(await readFile(join(numbers, 'numbers.txt'), 'utf8')).toBe(
    Array.from({ length: 40 }, (_, n) => `${n}\n`).join(''),
  );
  expect(await host.progress(results)).toMatchObject({ status: 'complete', completed: 60, runs: 2 });
  expect(await host.progress(numbers)).toMatchObject({ status: 'complete', completed: 40, runs: 2 });
});
