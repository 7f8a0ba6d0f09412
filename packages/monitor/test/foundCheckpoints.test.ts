import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import type { TestJob } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWatchedHost, type Watched, type WatchedHost } from './watching.ts';

let host: WatchedHost;
let job: TestJob;
let watched: Watched;
beforeEach(async () => {
  host = await startWatchedHost();
  job = await host.makeJob('train');
  await job.startRun(1);
  await job.progress({ completed: 40, total: 100, status: 'RUNNING' });
  watched = host.watch();
  await waitFor('the job to be seen', () => watched.monitor.view().jobs.length === 1);
});
afterEach(() => host.end());

const record = (text: string) => writeFile(join(job.dir, '.milepost/process.json'), text);
const MODIFIED = '2026-11-24T12:00:00.000Z';

describe('the checkpoints of a program that runs whole', () => {
  it('are listed by name, size and time, and nothing of it can be fetched', async () => {
    await record(
      JSON.stringify({
        version: 1,
        reading: null,
        checkpoints: [
          { path: 'ckpt/step_40.pt', bytes: 5000, modifiedAt: MODIFIED },
          { path: '../../etc/\u001b[31mshadow\u202e\n', bytes: 1, modifiedAt: 'never' },
        ],
        tries: [],
      }),
    );
    expect(await watched.monitor.checkpoints('gpu/train')).toEqual({
      kind: 'checkpoints',
      checkpoints: [
        { file: 'ckpt/step_40.pt', first: null, count: null, bytes: 5000, savedHostAt: Date.parse(MODIFIED) },
        // For show alone: clean, and never a path that is opened from here.
        { file: '../../etc/shadow', first: null, count: null, bytes: 1, savedHostAt: null },
      ],
    });
    const to = join(host.temp, 'chosen');
    await mkdir(to);
    expect(await watched.monitor.fetch('gpu/train', { what: 'result', to })).toMatchObject({
      kind: 'failed',
      problem: { what: 'This job runs as one process: only its program knows what its result is.' },
    });
    expect(await watched.monitor.fetch('gpu/train', { what: 'checkpoints', to })).toMatchObject({
      kind: 'failed',
      files: [],
    });
  });

  it.each([
    ['no JSON', '{"version":1,'],
    ['of a newer version', '{"version":2,"checkpoints":[]}'],
    ['without what belongs there', '{"version":1,"checkpoints":[{"path":7}]}'],
    ['larger than any record', `${' '.repeat(1_100_000)}{}`],
  ])('are none where the record is %s', async (_, text) => {
    await record(text);
    expect(await watched.monitor.checkpoints('gpu/train')).toEqual({ kind: 'checkpoints', checkpoints: [] });
  });
});
