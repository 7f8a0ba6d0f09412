import { encodeRecordLine } from '@milepost/shared/recordLine';
import { describe, expect, it } from 'vitest';
import { parseDate } from '../src/hostFacts.ts';
import { judgeLife, lifeBeforeLooking } from '../src/processLife.ts';
import { readLastRun } from '../src/runsTail.ts';

const PROCESS = { host: 'box', bootId: 'boot-1', pid: 42, startTime: '777', pidNamespace: 'pid:[1]' };
const HOST = { hostname: 'box', bootId: 'boot-1', pidNamespace: 'pid:[1]' };
/** A line of /proc/PID/stat: the command may hold anything. */
const stat = (state: string, startTime: string) => ({
  kind: 'text' as const,
  text: `42 (a) R (b)) ${state} ${Array(18).fill('0').join(' ')} ${startTime} 0 0\n`,
});

describe('whether the process of a run lives', () => {
  it.each([
    ['there, with its start time', stat('S', '777'), 'alive'],
    ['a zombie', stat('Z', '777'), 'dead'],
    ['another process with its number', stat('S', '778'), 'dead'],
    ['not there', { kind: 'missing' as const }, 'dead'],
    ['not to be read', { kind: 'unknown' as const }, 'unknown'],
    ['something that is no stat', { kind: 'text' as const, text: 'nonsense' }, 'unknown'],
  ])('%s', (_, text, expected) => {
    expect(judgeLife(PROCESS, HOST, text).kind).toBe(expected);
  });

  it.each([
    ['the same host, booted again', { ...HOST, bootId: 'boot-2' }, 'dead'],
    ['another host', { ...HOST, hostname: 'other', bootId: 'boot-2' }, 'unknown'],
    ['another container of the same host', { ...HOST, pidNamespace: 'pid:[2]' }, 'unknown'],
    ['a host without /proc', { hostname: null, bootId: null, pidNamespace: null }, 'unknown'],
    ['the same host, renamed', { ...HOST, hostname: 'renamed' }, undefined],
  ])('seen from %s', (_, host, expected) => {
    expect(lifeBeforeLooking(PROCESS, host)?.kind).toBe(expected);
  });
});

describe('the end of runs.jsonl', () => {
  const start = (run: number) =>
    encodeRecordLine({
      version: 1,
      kind: 'start',
      run,
      runId: `run-0000${run}`,
      at: '',
      process: PROCESS,
      agent: '1',
    });
  const end = (run: number) =>
    encodeRecordLine({ version: 1, kind: 'end', run, at: '', outcome: 'failed', reason: null });

  it('tells the last run, and whether it ended', () => {
    expect(readLastRun(start(1) + end(1), true)).toMatchObject({
      start: { run: 1 },
      end: { outcome: 'failed' },
    });
    expect(readLastRun(start(1) + end(1) + start(2), true)).toMatchObject({ start: { run: 2 }, end: null });
    expect(readLastRun('', true)).toBeNull();
  });

  it('passes over a torn, an altered and a cut line', () => {
    expect(readLastRun(start(1) + start(2).slice(0, -5), true)?.start.run).toBe(1);
    expect(readLastRun(start(1) + end(1).replace('failed', 'foiled'), true)?.end).toBeNull();
    expect(readLastRun(start(1).slice(10) + start(2), false)?.start.run).toBe(2);
    expect(readLastRun(start(1) + start(2).trimEnd(), true)?.start.run).toBe(1);
  });
});

describe("the host's clock", () => {
  it.each([
    ['1700000000.250000000\n', 1_700_000_000_250],
    ['Welcome!\n1700000000.000000000\n', 1_700_000_000_000],
    ['1700000000.N\n', 1_700_000_000_500],
    ['1700000000.%N\n', 1_700_000_000_500],
    ['sh: date: not found\n', null],
  ])('is read from %j', (stdout, expected) => {
    expect(parseDate(stdout)).toBe(expected);
  });
});
