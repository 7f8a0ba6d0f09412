import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import type { JobReading } from '../src/reading.ts';
import { type JobMemory, reduceJob, shownState } from '../src/state.ts';
import { DEAD, readingOf, runOf } from './readingFixture.ts';

const MINUTE = 60_000;
const WALL = 1_800_000_000_000;
const HOST = 1_700_000_000_000;

/** Reduces readings that were made at these minutes; both clocks and the host's run alike, from different zeros. */
function reduce(...polls: [minute: number, reading: JobReading][]): JobMemory {
  let memory: JobMemory | null = null;
  for (const [minute, reading] of polls) {
    const ms = minute * MINUTE;
    memory = reduceJob(memory, reading, HOST + ms, { now: WALL + ms, steady: ms }, DEFAULT_LIMITS);
  }
  if (memory === null) throw new Error('no poll');
  return memory;
}

describe('what the file and the records say', () => {
  it('a run that lives is running, one without its process is interrupted', () => {
    expect(reduce([0, readingOf()]).state).toBe('running');
    expect(reduce([0, readingOf({ run: runOf({ life: DEAD }) })])).toMatchObject({
      state: 'interrupted',
      reason: 'gone',
    });
  });

  it('the end record holds, whatever the file and the process say', () => {
    const end = { outcome: 'failed', reason: 'batch 3 failed', hostAt: HOST } as const;
    expect(reduce([5, readingOf({ run: runOf({ end, life: DEAD }) })])).toMatchObject({
      state: 'failed',
      reason: 'batch 3 failed',
      sinceAt: WALL,
    });
  });

  it('an ended file is believed only if it is of this run', () => {
    const run = runOf({ startedHostAt: HOST });
    const before = new Date(HOST - 1000).toISOString();
    const after = new Date(HOST + 1000).toISOString();
    const at = (lastUpdate: string) => readingOf({ run, progress: { status: 'interrupted', lastUpdate } });
    expect(reduce([1, at(before)]).state).toBe('running');
    expect(reduce([1, at(after)]).state).toBe('interrupted');
  });

  it('keeps the last values while the file is missing or unreadable', () => {
    const missing = readingOf({ file: { kind: 'missing', reason: 'not there' } });
    expect(reduce([0, readingOf()], [1, missing])).toMatchObject({
      state: 'missing',
      reason: 'not there',
      progress: { completed: 100 },
      endsAt: null,
    });
  });

  describe('without a file, while it begins', () => {
    const file = { kind: 'missing', reason: 'not there' } as const;
    const made = (ageMs: number, isEmpty = true) => ({ isEmpty, ageMs, mtimeMs: HOST - ageMs });

    it('a job that was just made waits for its first run; long after that it was killed before', () => {
      const unbegun = (ageMs: number) => readingOf({ file, run: null, records: made(ageMs) });
      expect(reduce([0, unbegun(2000)])).toMatchObject({ state: 'queued', progress: null, endsAt: null });
      expect(reduce([0, unbegun(2000)], [2, unbegun(122_000)])).toMatchObject({
        state: 'interrupted',
        reason: 'it ended before its first run began',
      });
    });

    it('a run that just began is running; one that has been there for longer has lost its file', () => {
      const begun = (ageMs: number) =>
        readingOf({ file, run: runOf({ startedHostAt: HOST }), records: made(ageMs, false) });
      expect(reduce([0, begun(1000)])).toMatchObject({ state: 'running', reason: null, sinceAt: WALL });
      expect(reduce([2, begun(120_000)])).toMatchObject({ state: 'missing', reason: 'not there' });
    });

    it('records that are gone, or in which no run can be read, say nothing of it', () => {
      expect(reduce([0, readingOf({ file, run: null, records: null })]).state).toBe('missing');
      expect(reduce([0, readingOf({ file, run: null, records: made(1000, false) })]).state).toBe('missing');
    });
  });

  it('a host that cannot be asked leaves open only what had not ended', () => {
    expect(shownState('running', true)).toBe('unreachable');
    expect(shownState('complete', true)).toBe('complete');
    expect(shownState('interrupted', true)).toBe('interrupted');
    expect(shownState('running', false)).toBe('running');
  });
});

describe('the end of a job', () => {
  it('counts from when the values were written, and stands until they change', () => {
    const first = reduce([0, readingOf({ ageMs: 10_000 })]);
    expect(first.endsAt).toBe(WALL - 10_000 + 600_000);
    expect(reduce([0, readingOf({ ageMs: 10_000 })], [1, readingOf({ ageMs: 70_000 })]).endsAt).toBe(
      first.endsAt,
    );
    const next = readingOf({ version: 2, ageMs: 0, progress: { etaSeconds: 60 } });
    expect(reduce([0, readingOf()], [1, next]).endsAt).toBe(WALL + 2 * MINUTE);
  });

  it('is unknown while stalled and after the end', () => {
    expect(reduce([0, readingOf({ ageMs: 91_000 })])).toMatchObject({ state: 'stalled', endsAt: null });
    expect(reduce([0, readingOf({ progress: { etaSeconds: null } })]).endsAt).toBeNull();
    expect(reduce([0, readingOf({ run: runOf({ life: DEAD }) })]).endsAt).toBeNull();
  });
});

describe('a job under an agent is stalled', () => {
  it('not for what stands in its file since an earlier run: a new one has its own 90 s', () => {
    const resumed = (sinceMs: number) =>
      readingOf({
        ageMs: 64 * MINUTE + sinceMs,
        mtimeMs: 1_000_000,
        run: runOf({ startedHostAt: 1_000_000 + 64 * MINUTE }),
      });
    expect(reduce([0, resumed(500)]).state).toBe('running');
    expect(reduce([0, resumed(89_000)]).state).toBe('running');
    expect(reduce([0, resumed(91_000)])).toMatchObject({
      state: 'stalled',
      reason: 'its agent has written nothing for 2 min, though it lives',
    });
  });

  it('when its file is older than 90 s', () => {
    expect(reduce([0, readingOf({ ageMs: 89_000 })]).state).toBe('running');
    expect(reduce([0, readingOf({ ageMs: 91_000 })]).state).toBe('stalled');
  });

  it('when nothing is completed for 30 min before the first batch, and 5 min after', () => {
    const at = (version: number, completed: number) =>
      readingOf({ version, ageMs: 0, progress: { completed } });
    expect(reduce([0, at(1, 0)], [29, at(2, 0)]).state).toBe('running');
    expect(reduce([0, at(1, 0)], [31, at(2, 0)]).state).toBe('stalled');
    expect(reduce([0, at(1, 0)], [1, at(2, 10)], [5, at(3, 10)]).state).toBe('running');
    expect(reduce([0, at(1, 0)], [1, at(2, 10)], [7, at(3, 10)]).state).toBe('stalled');
  });

  it('not before 4 usual batches, and not while its batch in flight moves', () => {
    const at = (version: number, completed: number, inFlight: number | null = null) =>
      readingOf({ version, ageMs: 0, progress: { completed, inFlight } });
    const batches: [number, JobReading][] = [
      [0, at(1, 0)],
      [4, at(2, 10)],
      [8, at(3, 20)],
      [12, at(4, 30)],
    ];
    expect(reduce(...batches, [27, at(5, 30)]).state).toBe('running');
    expect(reduce(...batches, [29, at(5, 30)]).state).toBe('stalled');
    expect(reduce(...batches, [27, at(5, 30, 3)], [29, at(6, 30, 3)]).state).toBe('running');
  });

  it('never while it merges, and no longer when it goes on', () => {
    const merging = readingOf({ version: 2, ageMs: 0, progress: { stage: 'merging' } });
    expect(reduce([0, readingOf()], [60, merging]).state).toBe('running');
    const on = readingOf({ version: 2, ageMs: 0, progress: { completed: 200 } });
    expect(reduce([0, readingOf({ ageMs: 100_000 })], [1, on])).toMatchObject({
      state: 'running',
      sinceAt: WALL + MINUTE,
    });
  });
});

describe("somebody's own file", () => {
  const own = (values: Parameters<typeof readingOf>[0]) => readingOf({ ...values, isAgents: false });

  it('is stalled after 15 min at first, and after 4 of its usual gaps once they are known', () => {
    expect(reduce([0, own({ ageMs: 14 * MINUTE })]).state).toBe('running');
    expect(reduce([0, own({ ageMs: 16 * MINUTE })]).state).toBe('stalled');
    const steady: [number, JobReading][] = [0, 1, 2, 3].map((minute) => [
      minute,
      own({ version: minute + 1, ageMs: 0, progress: { completed: minute } }),
    ]);
    const later = (minutes: number): JobMemory =>
      reduce(...steady, [
        3 + minutes,
        own({ version: 4, ageMs: minutes * MINUTE, progress: { completed: 3 } }),
      ]);
    expect(later(4).state).toBe('running');
    expect(later(6).state).toBe('stalled');
  });

  it('that stands at its total for 5 min is complete, and never stalled', () => {
    const done = { completed: 60, total: 60 };
    expect(reduce([0, own({ ageMs: 4 * MINUTE, progress: done })]).state).toBe('running');
    expect(reduce([0, own({ ageMs: 6 * MINUTE, progress: done })])).toMatchObject({
      state: 'complete',
      reason: 'reached its total, never wrote COMPLETE',
    });
    expect(reduce([0, readingOf({ ageMs: 6 * MINUTE, progress: done })]).state).toBe('stalled');
  });
});
