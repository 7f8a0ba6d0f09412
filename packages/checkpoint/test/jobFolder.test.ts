import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJob } from '../src/jobFolder.ts';
import { jobRecord, makeTestJob, type TestJob } from './folder.ts';

let job: TestJob;
beforeEach(async () => {
  job = await makeTestJob();
});
afterEach(() => job.remove());

const owner = { host: 'host-a', bootId: null, pid: process.pid };
const DAY_S = 24 * 3600;

async function put(path: string, ageSeconds = 0): Promise<void> {
  await writeFile(path, 'left behind');
  const at = Date.now() / 1000 - ageSeconds;
  await utimes(path, at, at);
}

describe('what killed agents left half written', () => {
  test('is gone after the next run; what other commands may be writing stays for a day', async () => {
    await mkdir(join(job.dir, '.milepost.new-abc123'));
    await put(join(job.dir, '.milepost.new-abc123', 'job.json'));
    await put(join(job.dir, '.PROGRESS.txt.4711.tmp'));
    await put(join(job.dir, '.notes.tmp'));
    for (const name of ['job.json', 'process.json', 'merged.json', 'reserve']) {
      await put(join(job.paths.meta, `.${name}.4711.tmp`));
    }
    await put(join(job.paths.meta, '.stop.json.1.tmp'));
    await put(join(job.paths.meta, '.stop.json.2.tmp'), 2 * DAY_S);
    await mkdir(join(job.paths.meta, 'partial-abc123'));
    await job.run();
    const hidden = (names: string[]) => names.filter((name) => name.startsWith('.')).sort();
    expect(hidden(await readdir(job.dir))).toEqual(['.milepost', '.notes.tmp']);
    expect(hidden(await readdir(job.paths.meta))).toEqual(['.stop.json.1.tmp']);
    expect(await readdir(job.paths.meta)).toContain('partial-abc123');
  });

  test('an agent whose half-built records were cleared away has come too late, and that is no error', async () => {
    const again = await createJob(job.dir, jobRecord(), owner);
    expect(again).toEqual({ kind: 'taken' });
    // Cleared while it was being built.
    const clearing = (async () => {
      for (;;) {
        const building = (await readdir(job.dir)).find((name) => name.startsWith('.milepost.new-'));
        if (building === undefined) continue;
        await rm(join(job.dir, building), { recursive: true, force: true, maxRetries: 10 });
        return;
      }
    })();
    expect(await createJob(job.dir, jobRecord(), owner)).toEqual({ kind: 'taken' });
    await clearing;
  });
});
