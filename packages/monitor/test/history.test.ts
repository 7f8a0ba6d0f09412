import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endsAtByHistory, type HistoryRecord, historyRecordOf } from '../src/history.ts';
import { openHistoryStore } from '../src/historyStore.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { type JobMemory, reduceJob } from '../src/state.ts';
import { progressOf, readingOf, runOf } from './readingFixture.ts';
import { startWatchedHost } from './watching.ts';

const TARGET = { id: 'gpu', destination: 'gpu-1', paths: [] };
const SOURCE = readingOf().source;
const HOUR = 3_600_000;

function recordOf(values: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    id: 'gpu/dataset/run-0000',
    hostId: 'gpu',
    hostName: 'gpu-1',
    jobKey: 'gpu/dataset',
    jobName: 'dataset',
    runId: 'run-0000',
    outcome: 'complete',
    endedAt: 1000,
    elapsedSeconds: 100,
    completed: 1000,
    total: 1000,
    unit: null,
    resumes: 0,
    itemsPerSecond: 10,
    ...values,
  };
}

/** A job seen at `now` on both clocks, whose run began at 0. */
function memoryAt(now: number, reading: ReturnType<typeof readingOf>): JobMemory {
  return reduceJob(null, reading, now, { now, steady: now }, DEFAULT_LIMITS);
}

describe('a run that ended', () => {
  it('is a record of how long it took, what it made and at which pace', () => {
    const run = runOf({ run: 3, end: { outcome: 'complete', reason: null, hostAt: 90_000 } });
    const progress = { completed: 1000, elapsedSeconds: 50, unit: 'samples', status: 'complete' as const };
    const memory = memoryAt(100_000, readingOf({ run, progress }));
    expect(historyRecordOf(TARGET, SOURCE, memory, 1)).toEqual(
      recordOf({
        id: 'gpu/dataset/run-aaaa',
        runId: 'run-aaaa',
        endedAt: 90_000,
        elapsedSeconds: 50,
        unit: 'samples',
        resumes: 2,
        itemsPerSecond: 20,
      }),
    );
    expect(historyRecordOf(TARGET, SOURCE, memoryAt(1000, readingOf()), 1)).toBe(null);
  });
});

describe('the end of a run without an ETA', () => {
  const early = { completed: 0, total: 600, etaSeconds: null };
  const endsAt = (records: HistoryRecord[], reading = readingOf({ progress: early }), now = 10_000) =>
    endsAtByHistory(records, 'gpu', SOURCE, memoryAt(now, reading), { now, steady: now });

  it('is taken from the median pace of the last runs of the same job, counted from its start', () => {
    expect(endsAt([recordOf()])).toBe(60_000);
    const paces = [10, 10, 2, 10, 1, 1000, 1000].map((itemsPerSecond) => recordOf({ itemsPerSecond }));
    expect(endsAt(paces)).toBe(60_000);
    expect(endsAt([recordOf({ jobKey: 'gpu/dataset-2' })])).toBe(60_000);
  });

  it('is unknown without a basis: no run, another job or unit, a host of its own, or longer than ever', () => {
    expect(endsAt([])).toBe(null);
    expect(endsAt([recordOf({ itemsPerSecond: null })])).toBe(null);
    expect(endsAt([recordOf({ unit: 'frames' })])).toBe(null);
    expect(endsAt([recordOf({ jobKey: 'gpu/other', jobName: 'other' })])).toBe(null);
    expect(endsAt([recordOf({ hostId: 'b', jobKey: 'b/dataset' })])).toBe(null);
    expect(endsAt([recordOf()], readingOf({ progress: early }), 61_000)).toBe(null);
  });

  it('is never put in place of the job’s own ETA, nor said of one that does not run', () => {
    expect(endsAt([recordOf()], readingOf())).toBe(null);
    expect(endsAt([recordOf()], readingOf({ progress: { ...early, stage: 'merging' } }))).toBe(null);
    expect(endsAt([recordOf()], readingOf({ progress: { ...early, status: 'stopped' }, run: null }))).toBe(
      null,
    );
    expect(progressOf(early).etaSeconds).toBe(null);
  });
});

describe('the history on disk', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  beforeEach(async () => {
    temp = await makeTempDir();
  });
  afterEach(() => temp.remove());

  it('keeps the newest 500 runs, each once, over restarts', async () => {
    const path = join(temp.path, 'history.json');
    const store = await openHistoryStore(path);
    for (let number = 0; number < 510; number += 1) {
      store.note(recordOf({ id: `gpu/dataset/${number}`, endedAt: number * HOUR }));
    }
    store.note(recordOf({ id: 'gpu/dataset/509', endedAt: 509 * HOUR, outcome: 'failed' }));
    await store.save();
    const again = await openHistoryStore(path);
    expect(again.records()).toEqual(store.records());
    expect(again.records()).toHaveLength(500);
    expect(again.records()[0]).toMatchObject({ id: 'gpu/dataset/509', outcome: 'failed' });
    expect(again.records().at(-1)?.id).toBe('gpu/dataset/10');
    expect(await readdir(temp.path)).toEqual(['history.json']);
  });

  it('that is damaged is set aside, and one of a newer version left alone', async () => {
    const path = join(temp.path, 'history.json');
    await writeFile(path, '{"version":1,"runs":');
    const damaged = await openHistoryStore(path);
    expect(damaged.problem()?.kind).toBe('store-damaged');
    damaged.note(recordOf());
    await damaged.save();
    expect((await openHistoryStore(path)).records()).toHaveLength(1);
    await writeFile(path, '{"version":9}');
    const newer = await openHistoryStore(path);
    expect(newer.problem()?.kind).toBe('store-newer');
    newer.note(recordOf());
    await newer.save();
    expect(await readFile(path, 'utf8')).toBe('{"version":9}');
  });
});

describe('a monitor', () => {
  it('notes a run as it ends, and takes its pace for the next one before that has an ETA', async () => {
    const host = await startWatchedHost();
    try {
      const folder = join(host.sshd.home, 'nightly');
      const file = join(folder, 'PROGRESS.txt');
      await mkdir(folder);
      const job = await host.makeJob('dataset');
      await job.startRun(1);
      await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
      await writeFile(file, 'Progress: 600/600\nElapsed: 1.0 min\nCOMPLETE\n');
      const hosts = [{ id: 'gpu', destination: host.sshd.alias, paths: [folder] }];
      const first = host.watch({ hosts });
      await waitFor('running', () => first.job('dataset')?.state === 'running');
      expect(first.job('dataset')).toMatchObject({ endsAtBasis: 'progress' });
      await job.progress({ completed: 1000, total: 1000, status: 'COMPLETE' });
      await job.endRun(1, 'complete');
      await waitFor('the record', () => first.monitor.history('gpu/dataset').length === 1);
      expect(first.monitor.history('gpu/dataset')[0]).toMatchObject({
        runId: job.runId,
        outcome: 'complete',
        completed: 1000,
        elapsedSeconds: 60,
        resumes: 0,
      });
      await first.monitor.stop();
      const second = host.watch({ hosts });
      await waitFor('the hosts', () => second.link() === 'online');
      expect(second.monitor.history()).toHaveLength(2);
      await writeFile(file, 'Progress: 0/600\n');
      const seen = await waitFor('an end', () => {
        const now = second.job(`gpu:${folder}`);
        return now?.endsAtBasis === 'history' && now;
      });
      expect(Math.abs((seen.endsAt ?? 0) - (Date.now() + 60_000))).toBeLessThan(15_000);
    } finally {
      await host.end();
    }
  });
});
