import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { batchedJobSchema, runRecordSchema } from '@milepost/shared/job';
import { ledgerEntrySchema } from '@milepost/shared/ledger';
import { parseProgress } from '@milepost/shared/progress/parse';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../../scripts/ensureBuilt.mjs';
import { inspectJob } from '../src/inspect.ts';
import { findJob } from '../src/jobFolder.ts';
import { type Lock, takeLock } from '../src/lock.ts';
import { checkMerged, concatenate, isMerged } from '../src/merge.ts';
import { jobPaths } from '../src/paths.ts';
import { runJob } from '../src/runJob.ts';
import { readRuns } from '../src/runsFile.ts';
import { makeTestJob, writeNumbers } from '../test/folder.ts';
import { runPython } from './python.ts';

// Whole folders: what one side has begun or made, the other opens, verifies, goes on with and merges.

const run = promisify(execFile);
let temp: Awaited<ReturnType<typeof makeTempDir>>;
let dir: string;
let env: Record<string, string>;
let lock: Lock | undefined;
beforeEach(async () => {
  temp = await makeTempDir();
  dir = join(temp.path, 'numbers');
  env = { XDG_STATE_HOME: join(temp.path, 'state'), NUMBERS: dir };
});
afterEach(async () => {
  await lock?.release();
  lock = undefined;
  await temp.remove();
});

const TOTAL = 1000;
const numbers = Array.from({ length: TOTAL }, (_, item) => `${item}\n`).join('');

/** The same job as makeTestJob's, by a Python program; it leaves after so many batches. */
const PROGRAM = `
import os, sys
import milepost

most = int(os.environ.get("MOST", "99"))
job = milepost.Job(
    os.environ["NUMBERS"], name="numbers", total=1000, every=100, unit="numbers", ext=".txt", final="numbers.txt"
)
for number, batch in enumerate(job.batches()):
    if number == most:
        os._exit(9)
    with open(os.environ["NUMBERS"] + ".asked", "a") as asked:
        print(batch.start, file=asked)
    job.save(batch, "".join(f"{item}\\n" for item in batch).encode())
job.merge(milepost.concat)
`;

async function python(most = 99): Promise<{ code: number | null; stderr: string }> {
  const program = join(temp.path, 'gen.py');
  await writeFile(program, PROGRAM);
  const { code, stderr } = await runPython([program], { cwd: temp.path, env: { ...env, MOST: `${most}` } });
  return { code, stderr };
}

/** The first items of the batches that the Python side has begun. */
const asked = () =>
  existsSync(`${dir}.asked`) ? readFileSync(`${dir}.asked`, 'utf8').trim().split('\n').map(Number) : [];

async function agent(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: temp.path, env: { ...process.env, ...env } };
  try {
    return { code: 0, ...(await run(process.execPath, [await ensureAgentBuilt(), ...args], options)) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error) {
      return { code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) };
    }
    throw error;
  }
}

/** Whatever both sides can know of a job that is done. */
async function expectWhole(): Promise<void> {
  const paths = jobPaths(dir);
  const found = await findJob(dir);
  expect(found.kind).toBe('ok');
  const inspection = await inspectJob(paths, { verify: true });
  expect(inspection).toMatchObject({ damaged: [], foreign: [], lines: [], torn: false, newer: null });
  expect(inspection.done.map(({ first, count }) => [first, count])).toEqual(
    Array.from({ length: 10 }, (_, at) => [at * 100, 100]),
  );
  expect(await isMerged(paths, inspection.done, 'numbers.txt', { verify: true })).toBe(true);
  expect((await checkMerged(paths)).kind).toBe('sound');
  expect(readFileSync(join(dir, 'numbers.txt'), 'utf8')).toBe(numbers);
  expect((await readRuns(paths)).last?.end?.outcome).toBe('complete');
  const progress = parseProgress(readFileSync(paths.progress, 'utf8'));
  expect(progress).toMatchObject({ status: 'complete', completed: TOTAL, problem: null });
  expect(readdirSync(paths.scratch)).toEqual([]);
  expect(await agent('verify', dir)).toMatchObject({ code: 0, stderr: '' });
}

test('each line and file that Python writes is the one that TypeScript writes of the same record', async () => {
  expect(await python(3)).toMatchObject({ code: 9 });
  expect(await python()).toMatchObject({ code: 0, stderr: '' });
  const paths = jobPaths(dir);
  for (const [path, schema] of [
    [paths.ledger, ledgerEntrySchema],
    [paths.runs, runRecordSchema],
  ] as const) {
    const lines = readFileSync(path, 'latin1').split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) {
      const record = schema.parse(decodeRecordLine(line));
      expect(encodeRecordLine(record)).toBe(`${line}\n`);
    }
  }
  for (const [path, indent] of [
    [paths.job, 2],
    [paths.merged, 0],
    [paths.lock, 0],
  ] as const) {
    const text = readFileSync(path, 'utf8');
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, indent)}\n`);
  }
  const text = readFileSync(paths.job, 'utf8');
  // Nothing in it is unknown to the schema.
  expect(batchedJobSchema.strict().parse(JSON.parse(text))).toMatchObject({
    kind: 'batched',
    runner: 'program',
  });
  await expectWhole();
});

describe('a job that Python has begun', () => {
  test('is finished and merged by the TypeScript core', async () => {
    await python(4);
    truncateSync(join(dir, 'checkpoint_00100.txt'), 3);
    const paths = jobPaths(dir);
    const found = await findJob(dir);
    if (found.kind !== 'ok' || found.value.kind !== 'batched') throw new Error(`not found: ${found.kind}`);
    const taken = await takeLock(paths.lock, { host: 'host-a', bootId: null, pid: process.pid });
    if (taken.kind !== 'locked') throw new Error('not locked');
    lock = taken.lock;
    const firsts: number[] = [];
    const result = await runJob({
      paths,
      record: { ...found.value, merge: { kind: 'concat' } },
      recordChanged: false,
      runId: randomUUID(),
      process: { host: 'host-a', bootId: null, pid: process.pid, startTime: null, pidNamespace: null },
      agent: '0.0.0-test',
      work: (batch) => {
        firsts.push(batch.first);
        return writeNumbers(batch);
      },
      merge: (files, signal) => concatenate(files, signal),
      endLeftovers: async () => undefined,
      signal: new AbortController().signal,
      finishSignal: new AbortController().signal,
      monotonicMs: () => performance.now(),
      now: () => new Date(),
      pause: async () => undefined,
      onHeld: () => undefined,
      onStarted: () => undefined,
      onChange: () => undefined,
      onWarning: () => undefined,
    });
    expect(result).toEqual({ outcome: 'complete', reason: null });
    expect(firsts).toEqual([100, 400, 500, 600, 700, 800, 900]);
    await lock.release();
    lock = undefined;
    await expectWhole();
    // To Python there is nothing left to do.
    expect(await python()).toMatchObject({ code: 0, stderr: '' });
    expect(asked()).toEqual([0, 100, 200, 300]);
    expect((await readRuns(paths)).starts).toBe(2);
  });

  test('is seen by the built agent', async () => {
    await python(4);
    expect((await agent('list')).stdout).toMatch(/^numbers +interrupted +\d+\/1000 numbers/m);
    const status = JSON.parse((await agent('status', 'numbers', '--json')).stdout);
    expect(status).toMatchObject({ state: 'interrupted', total: 1000, runs: 1, problem: null });
    const plan = JSON.parse((await agent('resume', 'numbers', '--plan', '--json')).stdout);
    expect(plan).toMatchObject({
      done: { batches: 4, items: 400 },
      todo: { items: 600 },
      redo: [],
      refused: null,
    });
    await writeFile(join(dir, 'checkpoint_00200.txt'), 'other');
    const verdict = await agent('verify', 'numbers', '--json');
    expect(verdict.code).toBe(1);
    expect(JSON.parse(verdict.stdout)).toMatchObject({
      sound: false,
      checkpoints: 3,
      damaged: [{ first: 200, count: 100, reason: 'checkpoint_00200.txt is 395 bytes short' }],
    });
  });
});

describe('a job that the agent has begun', () => {
  const begun = [
    'run',
    '--name',
    'numbers',
    '--total',
    '1000',
    '--every',
    '100',
    '--unit',
    'numbers',
    '--ext',
    '.txt',
  ];
  const merge = ['--merge', 'concat', '--final', 'numbers.txt', '--retries', '0', '--', 'sh', '-c'];
  const command = '[ {start} -lt "$(cat limit)" ] && seq {start} $(({end} - 1))';

  const limit = (item: number) => writeFile(join(temp.path, 'limit'), `${item}`);

  test('is finished and merged by Python, and the agent finds nothing left to do', async () => {
    await limit(300);
    expect((await agent(...begun, ...merge, command)).code).toBe(1);
    const before = readFileSync(jobPaths(dir).job, 'utf8');
    expect(await python()).toMatchObject({ code: 0, stderr: '' });
    expect(asked()).toEqual([300, 400, 500, 600, 700, 800, 900]);
    // It stays the agent's job: what a resume starts is not changed.
    expect(readFileSync(jobPaths(dir).job, 'utf8')).toBe(before);
    await expectWhole();
    expect(await agent('resume', 'numbers')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/is complete: nothing to do/),
    });
  });

  test('goes from one to the other and back', async () => {
    await limit(200);
    await agent(...begun, ...merge, command);
    expect((await python(2)).code).toBe(9);
    await limit(600);
    expect((await agent('resume', 'numbers')).code).toBe(1);
    expect((await python(2)).code).toBe(9);
    await limit(5000);
    expect(await agent('resume', 'numbers')).toMatchObject({ code: 0, stderr: '' });
    expect(asked()).toEqual([200, 300, 600, 700]);
    expect((await readRuns(jobPaths(dir))).starts).toBe(5);
    await expectWhole();
  });
});

test('a job of the TypeScript core is refused to Python while it is held, and finished when it is given back', async () => {
  const job = await makeTestJob();
  try {
    env['NUMBERS'] = job.dir;
    const refused = await python();
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(`is held by a process on host-a, pid ${process.pid}\\.`),
    });
    const ended = new AbortController();
    await job.run({
      signal: ended.signal,
      work: async (batch) => {
        if (batch.first === 300) ended.abort(new Error('enough'));
        return writeNumbers(batch);
      },
    });
    await job.lock.release();
    expect(await python()).toMatchObject({ code: 0, stderr: '' });
    dir = job.dir;
    await expectWhole();
  } finally {
    await rm(`${job.dir}.asked`, { force: true });
    await job.remove();
  }
});
