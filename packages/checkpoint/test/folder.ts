import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BatchedJob } from '@milepost/shared/job';
import { makeTempDir } from '@milepost/testing/tempDir';
import type { BatchAttempt } from '../src/batchLoop.ts';
import { createJob } from '../src/jobFolder.ts';
import type { RunJobResult } from '../src/keepRun.ts';
import type { Lock } from '../src/lock.ts';
import type { MergeFiles, WorkResult } from '../src/merge.ts';
import { concatenate } from '../src/merge.ts';
import type { JobPaths } from '../src/paths.ts';
import { type RunJobInput, runJob } from '../src/runJob.ts';

/** A job of 10 batches of 100 items whose work this test is. */
export function jobRecord(changes: Partial<BatchedJob> = {}): BatchedJob {
  return {
    version: 1,
    id: 'numbers',
    uid: randomUUID(),
    name: 'numbers',
    createdAt: '2026-11-23T12:00:00.000Z',
    runner: 'agent',
    kind: 'batched',
    command: ['unused'],
    total: 1000,
    unit: 'numbers',
    every: { items: 100 },
    jobs: 1,
    retries: 0,
    keepGoing: false,
    batchTimeoutSeconds: null,
    extension: '.txt',
    output: 'path',
    merge: { kind: 'concat' },
    final: 'numbers.txt',
    width: 5,
    surroundings: { cwd: '/', umask: '0022', program: null, env: {} },
    ...changes,
  };
}

export interface TestJob {
  dir: string;
  paths: JobPaths;
  record: BatchedJob;
  lock: Lock;
  /** The first items of all batches whose work was asked for, in order. */
  asked: number[];
  warnings: string[];
  run(changes?: Partial<RunJobInput>): Promise<RunJobResult>;
  remove(): Promise<void>;
}

const owner = { host: 'host-a', bootId: null, pid: process.pid };

/** Writes one line for each item of a batch. */
export async function writeNumbers(batch: BatchAttempt): Promise<WorkResult> {
  await writeFile(batch.output, linesOf(batch.first, batch.count));
  return { kind: 'done' };
}

export function linesOf(first: number, count: number): string {
  return Array.from({ length: count }, (_, offset) => `${first + offset}\n`).join('');
}

export async function makeTestJob(changes: Partial<BatchedJob> = {}): Promise<TestJob> {
  const temp = await makeTempDir();
  const dir = join(temp.path, 'results');
  await mkdir(dirname(dir), { recursive: true });
  const record = jobRecord(changes);
  const created = await createJob(dir, record, owner);
  if (created.kind !== 'created') throw new Error(`not created: ${created.kind}`);
  const { paths, lock } = created;
  const asked: number[] = [];
  const warnings: string[] = [];
  return {
    dir,
    paths,
    record,
    lock,
    asked,
    warnings,
    async run(inputs = {}) {
      const work = inputs.work ?? writeNumbers;
      return runJob({
        paths,
        record,
        recordChanged: false,
        runId: randomUUID(),
        process: { ...owner, startTime: null, pidNamespace: null },
        agent: '0.0.0-test',
        merge: (files: MergeFiles, signal: AbortSignal) => concatenate(files, signal),
        endLeftovers: async () => undefined,
        signal: new AbortController().signal,
        finishSignal: new AbortController().signal,
        monotonicMs: () => performance.now(),
        now: () => new Date(),
        pause: async () => undefined,
        onHeld: () => undefined,
        onStarted: () => undefined,
        onChange: () => undefined,
        onWarning: (text) => warnings.push(text),
        ...inputs,
        work: (batch, signal) => {
          asked.push(batch.first);
          return work(batch, signal);
        },
      });
    },
    async remove() {
      await lock.release();
      await temp.remove();
    },
  };
}
