import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, isGone, makeAgentHome, numbers } from './agent.ts';
import { type Gated, makeGated } from './gated.ts';

let home: AgentHome;
let gated: Gated;
beforeEach(async () => {
  home = await makeAgentHome();
  gated = await makeGated(home.dir);
});
afterEach(() => home.remove());

const read = (...path: string[]) => readFile(join(home.dir, ...path), 'utf8');
const merged = [
  ...['run', '--name', 'numbers', '--dir', 'out', '--total', '500', '--every', '100', '--ext', '.txt'],
  ...['--merge', 'concat'],
];
const saved = (items: number) =>
  waitFor(`${items} items to be saved`, async () => (await home.progress('out'))?.completed === items);

async function complete(): Promise<void> {
  await gated.open(500);
  expect((await home.milepost([...merged, '--', ...gated.command])).code).toBe(0);
}

describe('stop', () => {
  test('lets the running batch be finished and committed, then the run ends as stopped, exit code 5', async () => {
    const job = home.start([...merged, '--', ...gated.command]);
    await gated.started(0);
    expect((await home.milepost(['stop', 'numbers'])).stdout).toContain('finishes its running batches');
    // Asked, and not ended: the batch is still running.
    expect(await isGone((await gated.started(0)).pid)).toBe(false);
    await waitFor('the agent to say so', async () =>
      (await home.progress('out'))?.message?.includes('asked to stop'),
    );
    const waiting = home.milepost(['stop', 'numbers', '--wait', '--json']);
    await gated.open(500);
    expect((await job.ended).code).toBe(5);
    expect(JSON.parse((await waiting).stdout)).toMatchObject({ id: 'numbers', state: 'stopped' });
    expect(await home.progress('out')).toMatchObject({ status: 'stopped', message: 'stopped by a person' });
    expect((await home.progress('out'))?.completed).toBe(100);
    expect((await gated.batches()).length).toBe(1);
    expect((await home.milepost(['resume', 'numbers'])).code).toBe(0);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 500));
  });

  test('now ends the running batch as well, and nothing of it is saved', async () => {
    const job = home.start([...merged, '--', ...gated.command]);
    await gated.open(100);
    const batch = await gated.started(100);
    await home.milepost(['stop', 'numbers', '--now', '--wait']);
    expect((await job.ended).code).toBe(5);
    expect(await isGone(batch.pid)).toBe(true);
    expect(await home.progress('out')).toMatchObject({ status: 'stopped', completed: 100 });
  });

  test('of a job that does not run says so and changes nothing', async () => {
    await complete();
    expect(await home.milepost(['stop', 'numbers'])).toMatchObject({
      code: 0,
      stdout: 'numbers does not run: it is complete.\n',
    });
  });
});

describe('logs', () => {
  test('shows the last lines of what was printed, and follows until the run has ended', async () => {
    const command = [
      'sh',
      '-c',
      `echo "batch {start}" >&2; while [ ! -e "${home.dir}/go" ]; do sleep 0.02; done; echo done`,
    ];
    const job = home.start([...merged, '--', ...command]);
    await waitFor('the first line', async () =>
      (await home.milepost(['logs', 'numbers'])).stdout.includes('batch 0\n'),
    );
    const following = home.start(['logs', 'numbers', '-f']);
    let shown = '';
    following.child.stdout?.on('data', (text: string) => {
      shown += text;
    });
    await waitFor('it to follow', () => shown.includes('batch 0\n'));
    await writeFile(join(home.dir, 'go'), '');
    await job.ended;
    const { stdout, code } = await following.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/batch 0\n(.*\n)*batch 100\n(.*\n)*batch 400\n(.*\n)*.*The run ended: complete/);
    expect((await home.milepost(['logs', 'numbers', '-n', '2'])).stdout.split('\n').length).toBe(3);
  });
});

describe('merge', () => {
  test('partial gives the unbroken beginning while the job runs; with gaps all that is saved', async () => {
    const job = home.start([...merged, '--', ...gated.command]);
    await gated.open(300);
    await saved(300);
    await rm(join(home.dir, 'out', 'checkpoint_00100.txt'));
    expect((await home.milepost(['merge', 'numbers', '--partial'])).stdout).toBe(
      'numbers.partial.txt: 100 of 500 items\n',
    );
    expect(await read('out', 'numbers.partial.txt')).toBe(numbers(0, 100));
    await home.milepost(['merge', 'numbers', '--partial', '--with-gaps']);
    expect(await read('out', 'numbers.partial.txt')).toBe(numbers(0, 100) + numbers(200, 100));
    expect(await home.milepost(['merge', 'numbers'])).toMatchObject({ code: 3 });
    job.child.kill('SIGKILL');
    await job.ended;
    expect(await home.milepost(['merge', 'numbers'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('is not done: 200 of 500 items'),
    });
  });

  test('again makes a lost result anew', async () => {
    await complete();
    await rm(join(home.dir, 'out', 'numbers.txt'));
    expect((await home.milepost(['merge', 'numbers'])).code).toBe(0);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 500));
  });

  test('that fails shows the end of what its command printed', async () => {
    await gated.open(500);
    const command = ['--total', '500', '--every', '100', '--', ...gated.command];
    const merge = [
      '--merge',
      'test -e go && cat {inputs} >{output} || { echo first; echo last >&2; exit 7; }',
    ];
    await home.milepost(['run', '--name', 'numbers', '--dir', 'out', ...merge, ...command]);
    for (const args of [[], ['--partial']]) {
      const ended = await home.milepost(['merge', 'numbers', ...args]);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(
        'The merge failed: it exited with 7: last.\nThe end of what it printed:\n',
      );
      expect(ended.stderr.split('\n').slice(2).sort()).toEqual(['', 'first', 'last']);
    }
  });
});

describe('verify', () => {
  test('finds a flipped byte in a checkpoint and in the result, exit code 1', async () => {
    await complete();
    expect(await home.milepost(['verify', 'numbers'])).toMatchObject({
      code: 0,
      stdout: '5 checkpoints with 500 items, and the result numbers.txt are sound.\n',
    });
    for (const name of ['checkpoint_00200.txt', 'numbers.txt']) {
      await writeFile(join(home.dir, 'out', name), (await read('out', name)).replace('250', '205'));
    }
    const ended = await home.milepost(['verify', 'numbers']);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('items 200 to 299: checkpoint_00200.txt was changed');
    expect(ended.stdout).toContain('the result numbers.txt is not what was merged');
    expect((await home.milepost(['resume', 'numbers', '--verify', '--plan'])).stdout).toContain(
      'Go on:   milepost resume numbers --verify\n',
    );
    expect((await home.milepost(['resume', 'numbers', '--verify'])).code).toBe(0);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 500));
    expect((await home.milepost(['verify', 'numbers'])).code).toBe(0);
  });
});

describe('clean', () => {
  test('removes the checkpoints after saying how much, and the job stays complete', async () => {
    await complete();
    const dry = await home.milepost(['clean', 'numbers', '--dry-run']);
    expect(dry.stdout).toMatch(
      /^5 checkpoints, 1\.9 kB, in .*out; the result numbers\.txt was verified and stays\.\n$/,
    );
    expect((await home.checkpoints('out')).length).toBe(5);
    expect((await home.milepost(['clean', 'numbers'])).code).toBe(0);
    expect(await home.checkpoints('out')).toEqual([]);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 500));
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +complete/);
    for (const args of [[], ['--partial']]) {
      expect(await home.milepost(['merge', 'numbers', ...args])).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('were removed by clean'),
      });
    }
    expect((await home.milepost(['resume', 'numbers'])).stdout).toContain('nothing to do');
    expect(await home.milepost(['resume', 'numbers', '--total', '600'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('were removed by clean'),
    });
  });

  test('touches nothing where the result is not what was merged, or nothing is done', async () => {
    await complete();
    await truncate(join(home.dir, 'out', 'numbers.txt'), 10);
    expect(await home.milepost(['clean', 'numbers'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('is not what was merged'),
    });
    expect((await home.checkpoints('out')).length).toBe(5);
  });
});

describe('forget', () => {
  test('takes a job out of the list and leaves its files; refused while it runs', async () => {
    const job = home.start([...merged, '--', ...gated.command]);
    await gated.started(0);
    expect((await home.milepost(['forget', 'numbers'])).code).toBe(4);
    await gated.open(500);
    await job.ended;
    expect((await home.milepost(['forget', 'numbers'])).code).toBe(0);
    expect((await home.milepost(['list'])).stdout).toContain('No jobs on this host');
    expect((await stat(join(home.dir, 'out', 'numbers.txt'))).size).toBeGreaterThan(0);
    // A resume by its folder brings it back.
    expect((await home.milepost(['resume', 'out'])).code).toBe(0);
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +complete/);
  });
});
