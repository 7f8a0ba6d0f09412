import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome, numbers, type Started } from './agent.ts';
import { type Gated, makeGated } from './gated.ts';
import { treeOf } from './tree.ts';

// Somebody makes room, or tidies up, in the folder of a job that runs: nothing that is not there reads complete.

let home: AgentHome;
let gated: Gated;
beforeEach(async () => {
  home = await makeAgentHome();
  gated = await makeGated(home.dir);
});
afterEach(() => home.remove());

const path = (...names: string[]) => join(home.dir, 'out', ...names);
const MERGE = ['--merge', 'concat'];

/** Started, with three batches saved; the fourth waits. */
async function inTheMiddle(...options: string[]): Promise<Started> {
  await gated.open(300);
  const job = home.start([
    ...['run', '--name', 'numbers', '--dir', 'out', '--total', '500', '--every', '100', '--ext', '.txt'],
    ...[...options, '--', ...gated.command],
  ]);
  await gated.started(300);
  await waitFor('three checkpoints to be told', async () => (await home.progress('out'))?.completed === 300);
  return job;
}

const firsts = async () => (await gated.batches()).map(({ first }) => first);

describe('checkpoints that are removed while their job runs', () => {
  test('are told and done again before the merge, which is of all items', async () => {
    const job = await inTheMiddle(...MERGE);
    await rm(path('checkpoint_00100.txt'));
    await truncate(path('checkpoint_00200.txt'), 388);
    await gated.open(500);
    const { code, stdout } = await job.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('checkpoint_00100.txt is gone: items 100 to 199 are done again');
    expect(stdout).toContain('checkpoint_00200.txt is 12 bytes short: items 200 to 299 are done again');
    expect(await firsts()).toEqual([0, 100, 200, 300, 400, 100, 200]);
    expect(await readFile(path('numbers.txt'), 'utf8')).toBe(numbers(0, 500));
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 500, checkpoints: 5 });
    expect((await home.milepost(['verify', 'numbers'])).code).toBe(0);
  });

  test('are done again as well where nothing is merged', async () => {
    const job = await inTheMiddle();
    await rm(path('checkpoint_00000.txt'));
    await gated.open(500);
    expect(await job.ended).toMatchObject({ code: 0 });
    expect(await firsts()).toEqual([0, 100, 200, 300, 400, 0]);
    expect((await home.milepost(['verify', 'numbers'])).code).toBe(0);
  });
});

describe('what can not be gone on with', () => {
  const REMOVED = /Could not append to .*\.jsonl: it was removed, moved or replaced while the job ran/;

  test.each([
    ['the whole folder', ''],
    ['its records', '.milepost'],
    ['its ledger', '.milepost/ledger.jsonl'],
  ])(
    '%s is removed: the run fails in those words, makes none of it anew, and is never complete',
    async (_, what) => {
      const job = await inTheMiddle(...MERGE);
      await rm(path(what), { recursive: true });
      await gated.open(500);
      const ended = await job.ended;
      expect(ended.code).toBe(1);
      expect(ended.stdout + ended.stderr).toMatch(REMOVED);
      expect(existsSync(path(what))).toBe(false);
      expect(existsSync(path('numbers.txt'))).toBe(false);
      const told = await home.progress('out');
      if (what === '') expect(told).toBeUndefined();
      else expect(told).toMatchObject({ status: 'failed', message: expect.stringMatching(REMOVED) });
      // At once, and not after hours of work that nobody keeps.
      expect(await firsts()).toEqual([0, 100, 200, 300]);
    },
  );

  test('the folder is moved: nothing is made at its old place, and at its new one it is gone on with', async () => {
    const job = await inTheMiddle(...MERGE);
    await rename(path(), join(home.dir, 'moved'));
    await gated.open(500);
    const ended = await job.ended;
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).toMatch(REMOVED);
    expect(existsSync(path())).toBe(false);
    expect(await home.milepost(['resume', 'moved'])).toMatchObject({ code: 0 });
    expect(await firsts()).toEqual([0, 100, 200, 300, 300, 400]);
    expect(await readFile(join(home.dir, 'moved', 'numbers.txt'), 'utf8')).toBe(numbers(0, 500));
  });

  test('another job was begun in its place: what that one has stays as it is', async () => {
    const job = await inTheMiddle(...MERGE);
    await rename(path(), join(home.dir, 'moved'));
    const other = [
      'run',
      '--name',
      'other',
      '--dir',
      'out',
      '--total',
      '500',
      '--every',
      '100',
      '--ext',
      '.txt',
    ];
    const made = await home.milepost([...other, '--', 'echo', '{start}']);
    expect(made.code).toBe(0);
    const before = (await readdir(path())).sort();
    await gated.open(500);
    const ended = await job.ended;
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).toMatch(REMOVED);
    expect((await readdir(path())).sort()).toEqual(before);
    expect(await home.progress('out')).toMatchObject({ job: 'other', status: 'complete', completed: 500 });
    expect(await readFile(path('checkpoint_00300.txt'), 'utf8')).toBe('300\n');
    expect((await home.milepost(['verify', 'out'])).code).toBe(0);
  });
});

test('of a program that runs as it is, records that are removed are not made anew either', async () => {
  await gated.open(0);
  const job = home.start(['run', '--name', 'train', '--dir', 'out', '--', gated.command[0] ?? '', '0', '1']);
  await gated.started(0);
  await waitFor('it to be told', async () => (await home.progress('out'))?.status === 'running');
  await rm(path('.milepost'), { recursive: true });
  await gated.open(1);
  const ended = await job.ended;
  expect(ended.code).toBe(1);
  expect(ended.stdout + ended.stderr).toMatch(/it was removed, moved or replaced while the job ran/);
  expect(existsSync(path('.milepost'))).toBe(false);
  expect(await home.progress('out')).toMatchObject({ status: 'failed' });
});

test('of a program that runs as it is, the records of another one that was begun in its place stay as they are', async () => {
  await gated.open(0);
  const run = ['run', '--dir', 'out', '--checkpoints', '*.pt', '--'];
  const job = home.start([...run, gated.command[0] ?? '', '0', '1']);
  await gated.started(0);
  await waitFor('it to be told', async () => (await home.progress('out'))?.status === 'running');
  await rename(path(), join(home.dir, 'moved'));
  // It ends otherwise than the first one will.
  expect((await home.milepost([...run, 'false'])).code).toBe(1);
  const before = await treeOf(path());
  await gated.open(1);
  expect(await job.ended).toMatchObject({ code: 1 });
  expect(await treeOf(path())).toEqual(before);
});
