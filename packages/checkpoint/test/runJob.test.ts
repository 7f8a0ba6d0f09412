import { appendFile, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerEntrySchema } from '@milepost/shared/ledger';
import { afterEach, describe, expect, test } from 'vitest';
import { StopRequest } from '../src/keepRun.ts';
import { readProgressFile } from '../src/readProgress.ts';
import { readRecordFile } from '../src/recordFile.ts';
import { readRuns } from '../src/runsFile.ts';
import { linesOf, makeTestJob, type TestJob, writeNumbers } from './folder.ts';

const jobs: TestJob[] = [];
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.remove();
});

async function makeJob(...changes: Parameters<typeof makeTestJob>): Promise<TestJob> {
  const job = await makeTestJob(...changes);
  jobs.push(job);
  return job;
}

const checkpoints = async (job: TestJob) =>
  (await readdir(job.dir)).filter((name) => name.startsWith('checkpoint_')).sort();
const result = (job: TestJob) => readFile(join(job.dir, 'numbers.txt'), 'utf8');
const firsts = (count: number, every = 100) => Array.from({ length: count }, (_, index) => index * every);

/** Runs until the batch with this first item is asked for, and then as if the process had ended there. */
async function runUntil(job: TestJob, first: number): Promise<void> {
  const killed = new AbortController();
  await job.run({
    signal: killed.signal,
    work: async (batch) => {
      if (batch.first === first) {
        killed.abort(new Error('ended by a test'));
        return { kind: 'failed', reason: 'ended' };
      }
      return writeNumbers(batch);
    },
  });
}

describe('a run', () => {
  test('does all batches, merges them, and says COMPLETE', async () => {
    const job = await makeJob();
    expect(await job.run()).toEqual({ outcome: 'complete', reason: null });
    expect(await checkpoints(job)).toEqual(
      firsts(10).map((first) => `checkpoint_${String(first).padStart(5, '0')}.txt`),
    );
    expect(await result(job)).toBe(linesOf(0, 1000));
    const text = await readFile(job.paths.progress, 'utf8');
    expect(text).toContain('Progress: 1000/1000 (100%)\n');
    expect(text).toContain('Status: COMPLETE\n');
    expect(await readRuns(job.paths)).toMatchObject({ starts: 1, last: { end: { outcome: 'complete' } } });
    expect(await readdir(job.paths.scratch)).toEqual([]);
  });

  test('side by side makes the same', async () => {
    const job = await makeJob({ jobs: 4 });
    let most = 0;
    let now = 0;
    const release: (() => void)[] = [];
    await job.run({
      work: async (batch) => {
        now += 1;
        most = Math.max(most, now);
        // Each waits for three others, as long as there are so many left.
        await new Promise<void>((resolve) => {
          release.push(resolve);
          if (release.length === 4 || batch.first >= 800) for (const one of release.splice(0)) one();
        });
        now -= 1;
        return writeNumbers(batch);
      },
    });
    expect(most).toBe(4);
    expect(await result(job)).toBe(linesOf(0, 1000));
  });

  test('a folder can be a checkpoint', async () => {
    const job = await makeJob({ merge: null, final: null, extension: '' });
    const outcome = await job.run({
      work: async (batch) => {
        await mkdir(join(batch.output, 'part'), { recursive: true });
        await writeFile(join(batch.output, 'part', 'a'), 'a');
        await writeFile(join(batch.output, 'b'), linesOf(batch.first, batch.count));
        return { kind: 'done' };
      },
    });
    expect(outcome.outcome).toBe('complete');
    await truncate(join(job.dir, 'checkpoint_00300', 'b'), 3);
    await job.run({
      work: async (batch) => {
        await mkdir(batch.output);
        await writeFile(join(batch.output, 'b'), linesOf(batch.first, batch.count));
        return { kind: 'done' };
      },
    });
    expect(job.asked).toEqual([...firsts(10), 300]);
  });

  test('by time makes batches that cover all, whatever their sizes', async () => {
    const job = await makeJob({ every: { seconds: 120 } });
    expect((await job.run()).outcome).toBe('complete');
    expect(await result(job)).toBe(linesOf(0, 1000));
    expect(job.asked.length).toBeLessThan(10);
  });
});

describe('a resume', () => {
  test('does only what is not done', async () => {
    const job = await makeJob();
    await runUntil(job, 400);
    expect(await readRuns(job.paths)).toMatchObject({ last: { end: { outcome: 'interrupted' } } });
    expect((await readProgressFile(job.paths.progress))?.status).toBe('interrupted');
    job.asked.splice(0);
    expect((await job.run()).outcome).toBe('complete');
    expect(job.asked).toEqual([400, 500, 600, 700, 800, 900]);
    expect(await result(job)).toBe(linesOf(0, 1000));
    expect((await readProgressFile(job.paths.progress))?.runs).toBe(2);
  });

  test('does a damaged batch again, says why, and keeps what was there', async () => {
    const job = await makeJob();
    await job.run();
    await truncate(join(job.dir, 'checkpoint_00200.txt'), 5);
    await rm(join(job.dir, 'checkpoint_00700.txt'));
    job.asked.splice(0);
    expect((await job.run()).outcome).toBe('complete');
    expect(job.asked).toEqual([200, 700]);
    expect(job.warnings.join('\n')).toMatch(
      /checkpoint_00200\.txt is \d+ bytes short.*\n.*checkpoint_00700\.txt is gone/,
    );
    expect(await result(job)).toBe(linesOf(0, 1000));
    expect(await readdir(job.paths.orphans)).toEqual(['checkpoint_00200.txt']);
  });

  test('finds a flipped byte when it verifies', async () => {
    const job = await makeJob();
    await job.run();
    await writeFile(join(job.dir, 'checkpoint_00500.txt'), linesOf(500, 100).replace('523', '532'));
    job.asked.splice(0);
    expect((await job.run({ verify: true })).outcome).toBe('complete');
    expect(job.asked).toEqual([500]);
    expect(await result(job)).toBe(linesOf(0, 1000));
  });

  test('sets a stranger with a checkpoint’s name aside', async () => {
    const job = await makeJob();
    await runUntil(job, 400);
    await writeFile(join(job.dir, 'checkpoint_00400.txt'), 'not ours');
    await writeFile(join(job.dir, 'checkpoint_99999.old'), 'nor this');
    await job.run();
    expect(await readdir(job.paths.orphans)).toEqual(['checkpoint_00400.txt', 'checkpoint_99999.old']);
    expect(await result(job)).toBe(linesOf(0, 1000));
  });

  test('after a lost line of the ledger does that batch again', async () => {
    const job = await makeJob();
    await job.run();
    const lines = (await readFile(job.paths.ledger, 'utf8')).split('\n');
    lines.splice(3, 1);
    await writeFile(job.paths.ledger, lines.join('\n'));
    await appendFile(job.paths.ledger, '{"version":1,"index":11,"fir');
    job.asked.splice(0);
    await job.run();
    expect(job.asked).toEqual([300]);
    expect(await result(job)).toBe(linesOf(0, 1000));
    expect((await readRecordFile(job.paths.ledger, ledgerEntrySchema)).torn).toBe(false);
  });

  test('never uses an index twice', async () => {
    const job = await makeJob();
    const indexes: number[] = [];
    await job.run({
      work: async (batch) => {
        indexes.push(batch.index);
        return writeNumbers(batch);
      },
    });
    await rm(join(job.dir, 'checkpoint_00200.txt'));
    await job.run({
      work: async (batch) => {
        indexes.push(batch.index);
        return writeNumbers(batch);
      },
    });
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('a batch that fails', () => {
  test('is tried again, and then the run has failed, naming it and why', async () => {
    const job = await makeJob({ retries: 2 });
    const outcome = await job.run({
      work: async (batch) =>
        batch.first === 300 ? { kind: 'failed', reason: 'it exited with 3: no memory' } : writeNumbers(batch),
    });
    expect(outcome).toEqual({
      outcome: 'failed',
      reason: 'batch 300 to 399 failed after 3 attempts: it exited with 3: no memory',
    });
    expect(job.asked).toEqual([0, 100, 200, 300, 300, 300]);
    const progress = await readProgressFile(job.paths.progress);
    expect(progress).toMatchObject({
      status: 'failed',
      completed: 300,
      message: expect.stringContaining('no memory'),
    });
  });

  test('with keep-going lets all others be done first', async () => {
    const job = await makeJob({ keepGoing: true });
    await job.run({
      work: async (batch) => (batch.first === 0 ? { kind: 'failed', reason: 'x' } : writeNumbers(batch)),
    });
    expect(job.asked).toEqual(firsts(10));
    expect((await checkpoints(job)).length).toBe(9);
  });

  test('and made no output has failed, whatever it says', async () => {
    const job = await makeJob();
    const outcome = await job.run({ work: async () => ({ kind: 'done' }) });
    expect(outcome.reason).toMatch(/made no output at .*checkpoint_00000\.txt/);
  });

  test('and left a link as its output has failed: what it leads to was not saved', async () => {
    const job = await makeJob();
    const outcome = await job.run({
      work: async (batch) => {
        await symlink('/etc/hostname', batch.output);
        return { kind: 'done' };
      },
    });
    expect(outcome.reason).toMatch(/neither a file nor a folder/);
    expect(await checkpoints(job)).toEqual([]);
  });
});

describe('a merge that fails', () => {
  test('makes the job failed, and the next resume only merges', async () => {
    const job = await makeJob();
    const failed = await job.run({
      merge: async () => ({ kind: 'failed', reason: 'it exited with 1: bad input' }),
    });
    expect(failed).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('bad input') });
    expect((await readProgressFile(job.paths.progress))?.status).toBe('failed');
    job.asked.splice(0);
    expect((await job.run()).outcome).toBe('complete');
    expect(job.asked).toEqual([]);
    expect(await result(job)).toBe(linesOf(0, 1000));
  });

  test('never takes away a file of the person’s own', async () => {
    const job = await makeJob();
    await writeFile(join(job.dir, 'numbers.txt'), 'my own notes');
    await job.run();
    expect(await result(job)).toBe(linesOf(0, 1000));
    expect(await readFile(join(job.paths.orphans, 'numbers.txt'), 'utf8')).toBe('my own notes');
  });
});

describe('being asked to end', () => {
  test('stops where a person asked', async () => {
    const job = await makeJob();
    const stop = new AbortController();
    const outcome = await job.run({
      signal: stop.signal,
      work: async (batch) => {
        if (batch.first === 200) stop.abort(new StopRequest('stopped by a person'));
        return writeNumbers(batch);
      },
    });
    expect(outcome).toEqual({ outcome: 'stopped', reason: 'stopped by a person' });
    // What was finished when it was asked is committed.
    expect((await readProgressFile(job.paths.progress))?.completed).toBe(300);
  });
});

describe('a fault that nobody foresaw', () => {
  test('is thrown on, and the records say that the run has failed', async () => {
    const job = await makeJob();
    const run = job.run({
      work: async (batch) => {
        if (batch.first === 200) throw new TypeError('of a kind unknown');
        return writeNumbers(batch);
      },
    });
    await expect(run).rejects.toThrow('of a kind unknown');
    expect(await readProgressFile(job.paths.progress)).toMatchObject({
      status: 'failed',
      completed: 200,
      message: 'of a kind unknown',
    });
    expect(await readRuns(job.paths)).toMatchObject({ last: { end: { outcome: 'failed' } } });
    expect((await job.run()).outcome).toBe('complete');
  });
});
