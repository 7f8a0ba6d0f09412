import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, type KnownJob } from '../src/events.ts';
import { type LinkMemory, linkAnswered, linkFailed, newLink } from '../src/hostLink.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import type { JobReading } from '../src/reading.ts';
import { type JobMemory, reduceJob } from '../src/state.ts';
import { DEAD, readingOf, runOf } from './readingFixture.ts';

const MINUTE = 60_000;
const HOST = 1_700_000_000_000;

/** Polls one job, one reading a minute (null: the poll failed); every event as `occurrence/kind`. */
function eventsOf(
  readings: readonly (JobReading | null)[],
  { restartsAt = [] }: { restartsAt?: readonly number[] } = {},
): string[] {
  let memory: JobMemory | null = null;
  let known: KnownJob | null = null;
  let lastPollHostAt: number | null = null;
  const events: string[] = [];
  readings.forEach((reading, minute) => {
    if (restartsAt.includes(minute)) memory = null;
    if (reading === null) return;
    const ms = minute * MINUTE;
    memory = reduceJob(memory, reading, HOST + ms, { now: ms, steady: ms }, DEFAULT_LIMITS);
    const change = changeOf(known, memory, lastPollHostAt, DEFAULT_LIMITS);
    known = change.known;
    lastPollHostAt = HOST + ms;
    events.push(...change.events.map(({ kind, occurrence }) => `${occurrence}/${kind}`));
  });
  return events;
}

const running = (version: number, runId = 'run-aaaa', startedHostAt = HOST - MINUTE) =>
  readingOf({ version, ageMs: 0, progress: { completed: version }, run: runOf({ runId, startedHostAt }) });
const killed = (runId = 'run-aaaa') => readingOf({ run: runOf({ runId, life: DEAD }), mtimeMs: HOST });
const ended = (outcome: 'complete' | 'failed', hostAt = HOST, runId = 'run-aaaa') =>
  readingOf({ run: runOf({ runId, end: { outcome, reason: null, hostAt } }) });
const stale = (version: number) => readingOf({ version, ageMs: 100_000 });
const absent = readingOf({ file: { kind: 'missing', reason: 'not there' } });

describe('events of a job', () => {
  it('a whole life is told once each', () => {
    expect(
      eventsOf([
        running(1),
        killed(),
        killed(),
        running(2, 'run-bbbb'),
        ended('complete', HOST, 'run-bbbb'),
        ended('complete', HOST, 'run-bbbb'),
      ]),
    ).toEqual(['run-aaaa/interrupted', 'run-bbbb/started', 'run-bbbb/completed']);
  });

  it('what is first seen in the end is told only if it ended since the last poll of the host', () => {
    const known = { state: 'running' as const };
    const memory = (reading: JobReading) =>
      reduceJob(null, reading, HOST + 60 * MINUTE, { now: 0, steady: 0 }, DEFAULT_LIMITS);
    const kinds = (reading: JobReading, lastPollHostAt: number | null): string[] =>
      changeOf(null, memory(reading), lastPollHostAt, DEFAULT_LIMITS).events.map(({ kind }) => kind);
    expect(known.state).toBe('running');
    expect(kinds(ended('failed', HOST), null)).toEqual([]);
    expect(kinds(ended('failed', HOST), HOST + MINUTE)).toEqual([]);
    expect(kinds(ended('failed', HOST), HOST - MINUTE)).toEqual(['failed']);
    expect(kinds(killed(), HOST - MINUTE)).toEqual(['interrupted']);
    expect(kinds(running(1, 'run-aaaa', HOST), HOST - MINUTE)).toEqual(['started']);
  });

  it('a file that goes missing for a while changes nothing', () => {
    expect(
      eventsOf([running(1), absent, running(2), absent, ended('complete'), absent, ended('complete')]),
    ).toEqual(['run-aaaa/completed']);
  });

  it('a job that begins without its file yet is told as started, and as interrupted where it never came to that', () => {
    const file = { kind: 'missing', reason: 'not there' } as const;
    const made = (ageMs: number) =>
      readingOf({ file, run: null, records: { isEmpty: true, ageMs, mtimeMs: HOST } });
    expect(eventsOf([made(1000), running(1), running(2)])).toEqual(['run-aaaa/started']);
    expect(eventsOf([made(1000), made(61_000), made(121_000), running(1)])).toEqual([
      'run-1/interrupted',
      'run-aaaa/started',
    ]);
    expect(eventsOf([made(3_600_000)])).toEqual([]);
  });

  it('stalls and recoveries of one run are told apart', () => {
    expect(eventsOf([running(1), stale(1), running(2), stale(2), running(3)])).toEqual([
      'run-aaaa/stalled',
      'run-aaaa/recovered',
      'run-aaaa#2/stalled',
      'run-aaaa#2/recovered',
    ]);
  });

  it('work at risk for over 5 minutes is told once a run', () => {
    const risky = (version: number) =>
      readingOf({ version, ageMs: 0, progress: { completed: version, atRiskSeconds: 301 } });
    expect(eventsOf([running(1), risky(2), risky(3)])).toEqual(['run-aaaa/checkpoint-overdue']);
  });

  const anyReading = fc.oneof(
    fc.constant(null),
    fc.constant(absent),
    fc
      .tuple(fc.constantFrom('run-aaaa', 'run-bbbb', 'run-cccc'), fc.integer({ min: 1, max: 5 }))
      .map(([runId, version]) => running(version, runId)),
    fc.constantFrom('run-aaaa', 'run-bbbb').map((runId) => killed(runId)),
    fc.constantFrom<'complete' | 'failed'>('complete', 'failed').map((outcome) => ended(outcome)),
    fc.integer({ min: 1, max: 5 }).map(stale),
  );
  // Runs come one after the other: a run that was left does not come back.
  const inOrder = (readings: (JobReading | null)[]): (JobReading | null)[] =>
    [...readings].sort((a, b) => (a?.run?.runId ?? '').localeCompare(b?.run?.runId ?? ''));

  it('no sequence of polls, failures and restarts tells anything twice', () => {
    fc.assert(
      fc.property(
        fc.array(anyReading, { maxLength: 30 }).map(inOrder),
        fc.array(fc.integer({ min: 0, max: 29 })),
        (readings, restartsAt) => {
          const events = eventsOf(readings, { restartsAt });
          expect(new Set(events).size).toBe(events.length);
        },
      ),
    );
  });

  it('failed polls alone never make a job fail, stall, or go missing', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (answers) => {
        // The job itself goes on well: at each answered poll its file is fresh and more is done.
        const readings = answers.map((isAnswered, minute) => (isAnswered ? running(minute + 1) : null));
        expect(eventsOf(readings)).toEqual([]);
      }),
    );
  });
});

describe('the link to a host', () => {
  const problem = { kind: 'timeout', what: 'no answer', next: null };

  function link(polls: readonly ('ok' | 'fail' | 'refuse')[], everyMs: number) {
    let memory: LinkMemory = newLink(null, null);
    const events: string[] = [];
    polls.forEach((poll, index) => {
      const moment = { now: index * everyMs, steady: index * everyMs };
      const change =
        poll === 'ok'
          ? linkAnswered(memory, moment, DEFAULT_LIMITS)
          : linkFailed(memory, problem, poll === 'refuse', moment, DEFAULT_LIMITS);
      memory = change.memory;
      events.push(...change.events.map(({ kind, outageAt }) => `${outageAt}/${kind}`));
    });
    return { link: memory.link, events };
  }

  it('is unreachable after 3 failed polls and 60 s, both', () => {
    expect(link(['ok', 'fail', 'fail', 'fail'], 10_000).link.kind).toBe('online');
    expect(link(['ok', 'fail', 'fail'], 120_000).link.kind).toBe('online');
    expect(link(['ok', 'fail', 'fail', 'fail'], 30_000).link).toMatchObject({
      kind: 'unreachable',
      sinceAt: 0,
    });
    expect(link(['fail', 'fail'], 30_000).link.kind).toBe('connecting');
  });

  it('is told only after 10 minutes, and its return only if it was told', () => {
    expect(link(['ok', 'fail', 'fail', 'fail', 'fail', 'ok'], 2 * MINUTE).events).toEqual([]);
    expect(link(['ok', ...Array<'fail'>(7).fill('fail'), 'ok', 'ok'], 2 * MINUTE).events).toEqual([
      `${2 * MINUTE}/unreachable`,
      `${2 * MINUTE}/reachable`,
    ]);
  });

  it('that flaps after a long outage is told of once, and of its return when it stays', () => {
    const outage = ['ok', ...Array<'fail'>(25).fill('fail')] as const;
    const flaps = ['ok', 'fail', 'fail', 'ok', 'fail', 'ok', 'fail'] as const;
    expect(link([...outage, ...flaps, ...flaps], 30_000).events).toEqual(['30000/unreachable']);
    expect(link([...outage, ...flaps, 'ok', 'ok', 'ok'], 30_000).events).toEqual([
      '30000/unreachable',
      '30000/reachable',
    ]);
  });

  it('that is refused is told at once where it had answered before', () => {
    expect(link(['refuse'], 1000)).toMatchObject({ link: { kind: 'refused' }, events: [] });
    expect(link(['ok', 'refuse', 'refuse'], 1000).events).toEqual(['1000/unreachable']);
  });

  it('tells unreachable and reachable in turns, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<'ok' | 'fail' | 'refuse'>('ok', 'fail', 'fail', 'fail', 'refuse'), {
          maxLength: 100,
        }),
        fc.integer({ min: 1000, max: 10 * MINUTE }),
        (polls, everyMs) => {
          const kinds = link(polls, everyMs).events;
          expect(new Set(kinds).size).toBe(kinds.length);
          kinds.forEach((event, index) => {
            expect(event.endsWith(index % 2 === 0 ? '/unreachable' : '/reachable')).toBe(true);
          });
        },
      ),
    );
  });
});
