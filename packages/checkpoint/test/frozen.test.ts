import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  errorAnswerSchema,
  listAnswerSchema,
  mergeAnswerSchema,
  planAnswerSchema,
  startedAnswerSchema,
  stopAnswerSchema,
  versionAnswerSchema,
} from '@milepost/shared/answers';
import { jobRecordSchema, registryEntrySchema, runRecordSchema } from '@milepost/shared/job';
import { ledgerEntrySchema, mergedRecordSchema } from '@milepost/shared/ledger';
import { processRecordSchema } from '@milepost/shared/processRecord';
import { parseProgress } from '@milepost/shared/progress/parse';
import { progressSchema } from '@milepost/shared/progress/progress';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { jobStatusSchema } from '@milepost/shared/state';
import { copyFrozenHome, FROZEN_JOBS, readFrozen } from '@milepost/testing/frozen';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { z } from 'zod';
import { inspectJob } from '../src/inspect.ts';
import { findJob } from '../src/jobFolder.ts';
import { lockOwnerSchema, readOwner } from '../src/lock.ts';
import { checkMerged, isMerged } from '../src/merge.ts';
import { jobPaths } from '../src/paths.ts';
import { readProcessRecord } from '../src/process/processFile.ts';
import { readEntry, readRegistry } from '../src/registry.ts';
import { readRuns } from '../src/runsFile.ts';
import { readStop } from '../src/stopFile.ts';

// Jobs on people's disks: what version 1 wrote always loads, with the very values. fixtures/v1/README.md of tests/support.

let temp: Awaited<ReturnType<typeof makeTempDir>>;

function copyBeforeEach(): void {
  beforeEach(async () => {
    temp = await makeTempDir();
    await copyFrozenHome(temp.path);
    vi.stubEnv('XDG_STATE_HOME', join(temp.path, '.local/state'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await temp.remove();
  });
}

const pathsOf = (job: string) => jobPaths(join(temp.path, job));

/** Parses a frozen file; what comes out is all that stands there, and nothing else. */
async function expectWhole(schema: z.ZodType, ...path: string[]): Promise<void> {
  const raw: unknown = JSON.parse(await readFrozen(...path));
  expect(schema.parse(raw)).toEqual(raw);
}

describe('a record of version 1', () => {
  test.each(FROZEN_JOBS)('of the job %s gives back all that was written', async (job) => {
    await expectWhole(jobRecordSchema, 'host', job, '.milepost/job.json');
    await expectWhole(lockOwnerSchema, 'host', job, '.milepost/lock');
    await expectWhole(registryEntrySchema, 'host/.local/state/milepost/jobs', `${job}.json`);
  });

  test.each(FROZEN_JOBS)('that is a line of %s does too, and is written as the same bytes', async (job) => {
    for (const [file, schema] of [
      ['ledger.jsonl', ledgerEntrySchema],
      ['runs.jsonl', runRecordSchema],
    ] as const) {
      const text = await readFrozen('host', job, '.milepost', file);
      for (const line of text.split('\n').slice(0, -1)) {
        const raw = decodeRecordLine(line);
        const record = schema.parse(raw);
        expect(record).toEqual(raw);
        expect(encodeRecordLine(record)).toBe(`${line}\n`);
      }
    }
  });

  test('of a result and of a process does too', async () => {
    await expectWhole(mergedRecordSchema, 'host/frames/.milepost/merged.json');
    await expectWhole(processRecordSchema, 'host/train/.milepost/process.json');
  });

  test.each([
    ['version', versionAnswerSchema],
    ['list', listAnswerSchema],
    ['run-detach', startedAnswerSchema],
    ['resume-detach', startedAnswerSchema],
    ['resume-complete', startedAnswerSchema],
    ['stop', stopAnswerSchema],
    ['merge-partial', mergeAnswerSchema],
    ['error', errorAnswerSchema],
    ...['broken', 'dataset', 'frames', 'train', 'words'].flatMap((job): [string, z.ZodType][] => [
      [`status-${job}`, jobStatusSchema],
      [`plan-${job}`, planAnswerSchema],
    ]),
  ] satisfies [string, z.ZodType][])('that is the answer %s does too', async (name, schema) => {
    await expectWhole(schema, 'answers', `${name}.json`);
  });

  test.each(['broken', 'dataset', 'frames', 'train', 'words'])(
    'that is the PROGRESS.txt of %s is read as it was answered then',
    async (job) => {
      const answer = progressSchema.parse(JSON.parse(await readFrozen('answers', `status-${job}.json`)));
      expect(parseProgress(await readFrozen('host', job, 'PROGRESS.txt'))).toEqual(answer);
    },
  );
});

describe('a folder of version 1', () => {
  copyBeforeEach();

  test('holds the jobs that it held', async () => {
    const found = await Promise.all(FROZEN_JOBS.map((job) => findJob(join(temp.path, job))));
    const kinds = found.map((job) =>
      job.kind === 'ok' ? [job.value.id, job.value.kind, job.value.runner] : job,
    );
    expect(kinds).toEqual([
      ['broken', 'batched', 'agent'],
      ['dataset', 'batched', 'agent'],
      ['frames', 'batched', 'agent'],
      ['loop', 'process', 'program'],
      ['train', 'process', 'agent'],
      ['words', 'batched', 'program'],
    ]);
    const { entries, problems } = await readRegistry();
    expect(problems).toEqual([]);
    expect(entries.map(({ id, dir }) => [id, dir])).toEqual(
      FROZEN_JOBS.map((job) => [job, join(temp.path, job)]),
    );
  });

  test.each([
    ['broken', [[0, 1]], 1],
    [
      'dataset',
      [
        [0, 4],
        [4, 4],
        [8, 4],
      ],
      3,
    ],
    [
      'frames',
      [
        [0, 1],
        [1, 4],
        [5, 7],
      ],
      3,
    ],
    [
      'words',
      [
        [0, 5],
        [5, 5],
      ],
      2,
    ],
  ])('%s: every committed batch counts, its hash too', async (job, batches, nextIndex) => {
    const inspection = await inspectJob(pathsOf(job), { verify: true });
    const clean = { damaged: [], foreign: [], lines: [], torn: false, newer: null };
    expect(inspection).toMatchObject({ ...clean, nextIndex });
    expect(inspection.done.map(({ first, count }) => [first, count])).toEqual(batches);
  });

  test('knows its runs, its merged result, its own checkpoints, who held it, and what was asked of it', async () => {
    const runs = await Promise.all(FROZEN_JOBS.map((job) => readRuns(pathsOf(job))));
    expect(runs.map(({ starts, last, damage }) => [starts, last?.end?.outcome ?? null, damage])).toEqual([
      [1, 'failed', null],
      [2, null, null],
      [1, 'complete', null],
      [1, null, null],
      [2, null, null],
      [1, null, null],
    ]);
    const { done } = await inspectJob(pathsOf('frames'));
    expect(await isMerged(pathsOf('frames'), done, 'film.bin', { verify: true })).toBe(true);
    expect((await checkMerged(pathsOf('frames'))).kind).toBe('sound');
    expect(await readProcessRecord(pathsOf('train'))).toMatchObject({
      kind: 'ok',
      value: {
        reading: { completed: 5, total: 10 },
        tries: [{ run: 1 }, { run: 2, checkpoint: 'ckpt/epoch-3.pt' }],
      },
    });
    expect(await readOwner(pathsOf('dataset').lock)).toMatchObject({ version: 1, pid: expect.any(Number) });
    const runId = runs[1]?.last?.start.runId ?? '';
    expect(await readStop(pathsOf('dataset'), runId)).toMatchObject({ version: 1, now: false });
  });
});

describe('the same of a version that is not known yet', () => {
  copyBeforeEach();

  const newer = {
    kind: 'newer',
    version: 2,
    reason: expect.stringMatching(/newer Milepost.*update Milepost here/),
  };
  const raise = async (path: string): Promise<void> => {
    const text = await readFile(path, 'utf8');
    const raised = text.replace(/"version": ?1/, '"version":2');
    expect(raised).not.toBe(text);
    await writeFile(path, raised);
  };

  test.each(FROZEN_JOBS)('is refused by name: %s', async (job) => {
    const paths = pathsOf(job);
    const entry = join(temp.path, '.local/state/milepost/jobs', `${job}.json`);
    await Promise.all([raise(paths.job), raise(entry)]);
    expect(await findJob(paths.dir)).toEqual(newer);
    expect(await readEntry(job)).toEqual(newer);
    for (const path of [paths.ledger, paths.runs])
      await appendFile(path, encodeRecordLine({ version: 2, of: job }));
    expect((await inspectJob(paths)).newer).toMatch(/update Milepost here/);
    expect((await readRuns(paths)).newer).toMatch(/update Milepost here/);
  });

  test('is refused by name: what is known of a process', async () => {
    await raise(pathsOf('train').process);
    expect(await readProcessRecord(pathsOf('train'))).toEqual(newer);
  });
});
