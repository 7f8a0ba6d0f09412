import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { makeTempDir } from '@milepost/testing/tempDir';
import { identityOf, progressText } from '@milepost/testing/writtenJob';
import { expect, it } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { createLocalHost } from '../src/localConnection.ts';
import { createProgressReader } from '../src/readProgress.ts';
import { createRunReader } from '../src/readRun.ts';

const JOBS = 500;
const MAX_KEPT_MB = 10;

it('what is held of a job is what its files say, and not the files', async () => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const keptMb = (): number => {
    if (typeof collect === 'function') collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 1024 / 1024;
  };
  const temp = await makeTempDir();
  await mkdir(join(temp.path, '.milepost'));
  const more = ['Message: the twelfth batch of this run took longer', 'Job: a job with a long name', ''];
  await writeFile(
    join(temp.path, 'PROGRESS.txt'),
    progressText({ completed: 1, total: 10, status: 'RUNNING', more }).padEnd(60_000, 'x\n'),
  );
  const start = { version: 1, kind: 'start', run: 1, runId: 'x'.repeat(36), at: new Date().toISOString() };
  const line = encodeRecordLine({ ...start, process: identityOf(process.pid), agent: '0.1.0' });
  await writeFile(join(temp.path, '.milepost/runs.jsonl'), line.repeat(Math.floor(60_000 / line.length)));
  const connection = createLocalHost({ agent: ['true'] }).connect();
  const before = keptMb();

  const readers = Array.from({ length: JOBS }, () => ({
    progress: createProgressReader(join(temp.path, 'PROGRESS.txt'), systemClock),
    runs: createRunReader(temp.path),
  }));
  for (let poll = 0; poll < 3; poll += 1) {
    for (const { progress, runs } of readers) {
      const read = await progress.update(connection, await connection.stat(progress.path), Date.now());
      expect(read).toMatchObject({ kind: 'read', progress: { message: more[0]?.slice(9) } });
      const run = await runs.updateRuns(
        connection,
        await connection.stat(runs.runsPath),
        systemClock.steady(),
      );
      expect(run?.start.run).toBe(1);
    }
  }
  expect(keptMb() - before).toBeLessThan(MAX_KEPT_MB);
  expect(readers).toHaveLength(JOBS);
  await temp.remove();
});
