import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FileError } from '../src/fileError.ts';
import { openRecordFile, RecordsGoneError } from '../src/recordFile.ts';
import { linesOf, makeTestJob, type TestJob, writeNumbers } from './folder.ts';

// What somebody takes away from a run that goes on.

let job: TestJob;
afterEach(() => job.remove());

test('checkpoints that go again and again end the run in those words, and it can be gone on with', async () => {
  job = await makeTestJob();
  const result = await job.run({
    async work(batch) {
      await rm(join(job.dir, batch.first === 0 ? 'checkpoint_00100.txt' : 'checkpoint_00000.txt'), {
        force: true,
      });
      return writeNumbers(batch);
    },
  });
  expect(result).toEqual({
    outcome: 'failed',
    reason:
      'checkpoint_00000.txt is gone, again and again: something removes or changes checkpoints while the job runs',
  });
  expect(job.asked.slice(10)).toEqual([0, 100]);
  expect(await readdir(job.dir)).not.toContain('numbers.txt');
  expect(await job.run()).toMatchObject({ outcome: 'complete' });
  expect(job.asked.slice(12)).toEqual([0]);
  expect(await readFile(join(job.dir, 'numbers.txt'), 'utf8')).toBe(linesOf(0, 1000));
});

test('lines that the ledger loses while the job runs are no smaller result', async () => {
  job = await makeTestJob();
  const result = await job.run({
    async work(batch) {
      // In place: it is the same file, and its first lines are gone.
      if (batch.first === 900) await writeFile(job.paths.ledger, '');
      return writeNumbers(batch);
    },
  });
  expect(result).toEqual({
    outcome: 'failed',
    reason: 'the ledger has lost lines while the job ran; a resume does again what they told',
  });
  expect(await readdir(job.dir)).not.toContain('numbers.txt');
});

describe('a file of records', () => {
  test.each([
    ['gone', async (path: string) => await rm(path)],
    ['gone', async (path: string) => await rename(path, `${path}.moved`)],
    [
      'replaced',
      async (path: string) => {
        await rename(path, `${path}.moved`);
        await writeFile(path, 'of another\n');
      },
    ],
  ] as const)('that is %s is not appended to', async (place, take) => {
    job = await makeTestJob();
    const path = join(job.dir, 'records.jsonl');
    const records = await openRecordFile(path);
    try {
      await records.append({ version: 1 });
      expect(records.place()).toBe('here');
      await take(path);
      expect(records.place()).toBe(place);
      await expect(records.append({ version: 1 })).rejects.toThrow(RecordsGoneError);
      if (place === 'replaced') expect(await readFile(path, 'utf8')).toBe('of another\n');
    } finally {
      await records.close();
    }
  });

  test('whose place can not be seen is not appended to either, and that is told of its path', async () => {
    job = await makeTestJob();
    const path = join(job.dir, 'records.jsonl');
    const records = await openRecordFile(path);
    try {
      await rename(path, `${path}.moved`);
      // A link that leads to itself.
      await symlink(path, path);
      const append = records.append({ version: 1 });
      await expect(append).rejects.toThrow(FileError);
      await expect(append).rejects.toThrow(`Could not look at ${path}: `);
    } finally {
      await records.close();
    }
  });
});
