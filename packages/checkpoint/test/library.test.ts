import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspectJob } from '../src/inspect.ts';
import { type Batch, type JobOptions, runJob } from '../src/library.ts';
import { jobPaths } from '../src/paths.ts';
import { JobRefusal } from '../src/programHold.ts';
import { readRuns } from '../src/runsFile.ts';
import { requestStop } from '../src/stopFile.ts';
import { linesOf } from './folder.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let dir: string;
let asked: number[];
const stateBefore = process.env['XDG_STATE_HOME'];
beforeEach(async () => {
  temp = await makeTempDir();
  dir = join(temp.path, 'numbers');
  process.env['XDG_STATE_HOME'] = join(temp.path, 'state');
  asked = [];
});
afterEach(async () => {
  if (stateBefore === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = stateBefore;
  await temp.remove();
});

async function write({ start, count, output }: Batch): Promise<void> {
  asked.push(start);
  await writeFile(output, linesOf(start, count));
}

const job = (changes: Partial<JobOptions> = {}): JobOptions => ({
  dir,
  total: 1000,
  every: 100,
  extension: '.txt',
  merge: 'concat',
  work: write,
  ...changes,
});

const result = () => readFile(join(dir, 'numbers.txt'), 'utf8');

describe('runJob of the library', () => {
  test('does a job, lists it, and does nothing where all is there', async () => {
    const told: number[] = [];
    const done = { outcome: 'complete', reason: null, result: join(dir, 'numbers.txt') };
    expect(await runJob(job({ onProgress: ({ completed }) => told.push(completed) }))).toEqual(done);
    expect(await result()).toBe(linesOf(0, 1000));
    expect(told.at(-1)).toBe(1000);
    const entry = await readFile(join(temp.path, 'state/milepost/jobs/numbers.json'), 'utf8');
    expect(JSON.parse(entry)).toMatchObject({ id: 'numbers', dir });
    expect(JSON.parse(await readFile(jobPaths(dir).job, 'utf8'))).toMatchObject({
      runner: 'program',
      merge: { kind: 'concat' },
    });
    expect(await runJob(job())).toEqual(done);
    expect(asked).toHaveLength(10);
    expect((await readRuns(jobPaths(dir))).starts).toBe(1);
    // What is new is done, and all of it merged again.
    expect(await runJob(job({ total: 1050 }))).toEqual(done);
    expect(asked.slice(10)).toEqual([1000]);
    expect(await result()).toBe(linesOf(0, 1050));
  });

  test('ends in order when it is aborted, and goes on with the next call', async () => {
    const ended = new AbortController();
    const work = async (batch: Batch) => {
      if (batch.start === 300) ended.abort(new Error('enough'));
      await write(batch);
    };
    expect(await runJob(job({ work, signal: ended.signal }))).toEqual({
      outcome: 'interrupted',
      reason: 'enough',
      result: null,
    });
    const { done } = await inspectJob(jobPaths(dir));
    await truncate(join(dir, 'checkpoint_00100.txt'), 7);
    const warnings: string[] = [];
    asked = [];
    expect((await runJob(job({ onWarning: (text) => warnings.push(text) }))).outcome).toBe('complete');
    expect(asked).toEqual([100, ...[300, 400, 500, 600, 700, 800, 900].slice(done.length - 3)]);
    expect(warnings.join()).toMatch(
      /checkpoint_00100\.txt is \d+ bytes short: items 100 to 199 are done again/,
    );
    expect(await result()).toBe(linesOf(0, 1000));
  });

  test('has its own merge, of files or folders, side by side', async () => {
    const merge = async (inputs: readonly string[], output: string) => {
      const texts = await Promise.all(inputs.map((path) => readFile(join(path, 'rows'), 'utf8')));
      await writeFile(output, texts.join('').toUpperCase());
    };
    const work = async ({ start, count, output }: Batch) => {
      await mkdir(output);
      await writeFile(join(output, 'rows'), `${start} to ${start + count}\n`);
    };
    const answer = await runJob(
      job({ total: 30, every: 10, extension: '', merge, final: 'all.txt', work, jobs: 3 }),
    );
    expect(answer).toMatchObject({ outcome: 'complete', result: join(dir, 'all.txt') });
    expect(await readFile(join(dir, 'all.txt'), 'utf8')).toBe('0 TO 10\n10 TO 20\n20 TO 30\n');
    expect(JSON.parse(await readFile(jobPaths(dir).job, 'utf8'))).toMatchObject({
      merge: null,
      final: 'all.txt',
    });
  });

  test('fails with what the work throws, after its retries', async () => {
    let tries = 0;
    const work = () => {
      tries += 1;
      throw new Error('no such row');
    };
    expect(await runJob(job({ work, retries: 1 }))).toEqual({
      outcome: 'failed',
      reason: 'batch 0 to 99 failed after 2 attempts: no such row',
      result: null,
    });
    expect(tries).toBe(2);
  });

  test('is stopped as by `milepost stop`', async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const work = async (batch: Batch) => {
      if (batch.start === 0) await gate;
      await write(batch);
    };
    const running = runJob(job({ work }));
    const run = await waitFor('its run', async () => (await readRuns(jobPaths(dir))).last);
    const at = new Date().toISOString();
    await requestStop(jobPaths(dir), { runId: run.start.runId, now: false, at });
    await waitFor('the request to be seen', async () =>
      (await readFile(jobPaths(dir).progress, 'utf8')).includes('asked to stop'),
    );
    open?.();
    expect(await running).toMatchObject({ outcome: 'stopped' });
    expect(asked).toEqual([0]);
  });

  test('refuses a job that another holds, that is another one, or that makes no sense', async () => {
    await runJob(job());
    for (const [changes, why] of [
      [{ total: 900 }, /has a total of 1000, which can't be made smaller/],
      [{ name: 'other' }, /holds a different job \(numbers\)/],
      [{ total: 0 }, /total takes a whole number/],
      [{ every: '2M' }, /neither a whole number of items/],
      [{ final: '../x' }, /can't be named "\.\.\/x"/],
      [{ final: 'checkpoint_1.txt' }, /can't be named/],
      [{ final: 'PROGRESS.txt' }, /can't be named/],
      [{ extension: '.a b' }, /extension: not a file extension/],
      [{ jobs: 0 }, /jobs: /],
      [{ retries: 0.5 }, /retries: /],
      [{ unit: '' }, /unit: /],
    ] as const) {
      await expect(runJob(job(changes))).rejects.toThrow(JobRefusal);
      await expect(runJob(job(changes))).rejects.toThrow(why);
    }
    let second: Promise<unknown> = Promise.resolve();
    const work = async (batch: Batch) => {
      second = runJob(job({ total: 1100 })).catch((error: unknown) => error);
      await second;
      await write(batch);
    };
    expect((await runJob(job({ total: 1100, work }))).outcome).toBe('complete');
    expect(String(await second)).toMatch(new RegExp(`is held by a process on .*, pid ${process.pid}\\.`));
  });
});
