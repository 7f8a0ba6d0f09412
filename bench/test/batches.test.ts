import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { waitFor } from '@milepost/testing/waitFor';
import { describe, expect, test } from 'vitest';
import { parseJoblog, parseWorkLog } from '../batches/joblog.ts';
import { fateOf, notWhole, tornInPlace } from '../batches/judge.ts';
import { killTree } from '../batches/killTree.ts';

// As GNU parallel 20221122 writes it: the third was killed, the last line is cut off.
const JOBLOG = [
  'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand',
  '1\t:\t1795890133.760\t     0.012\t0\t0\t0\t0\tsh batch.sh 0 1000 > c_0.txt',
  '3\t:\t1795890133.849\t     0.048\t0\t0\t137\t0\tsh batch.sh 2000 1000 > c_2000.txt',
  '2\t:\t1795890133.821\t     0.027\t0\t0\t-1\t9\tsh batch.sh 1000 1000 > c_1000.txt',
  '5\t:\t179589013',
].join('\n');

describe('the joblog of parallel', () => {
  test('tells how each job ended, in the order of their ends', () => {
    expect(parseJoblog(JOBLOG)).toEqual([
      { seq: 1, exitCode: 0, signal: 0 },
      { seq: 3, exitCode: 137, signal: 0 },
      { seq: 2, exitCode: -1, signal: 9 },
    ]);
  });

  test('counts a line only with its newline', () => {
    const [header = '', line = ''] = JOBLOG.split('\n');
    expect(parseJoblog(`${header}\n${line}`)).toEqual([]);
    expect(parseJoblog(`${header}\n${line}\n`)).toHaveLength(1);
    expect(parseJoblog('')).toEqual([]);
  });
});

test('the log of the workers tells starts and ends', () => {
  expect(parseWorkLog('start 0\nstart 10\nend 0\nstart 10\nend 10\n')).toEqual({ starts: 3, ends: 2 });
});

describe('the outputs of a run', () => {
  const outputs = [
    { first: 0, expected: 'a', found: 'a' },
    { first: 10, expected: 'b', found: 'cut off' },
    { first: 20, expected: 'c', found: null },
  ];

  test('are whole or not', () => {
    expect(notWhole(outputs)).toEqual([10, 20]);
  });

  test('lie cut off under their names, or not at all', () => {
    expect(tornInPlace(outputs)).toEqual([10]);
  });

  test('show what a resume made of each', () => {
    expect(fateOf(0, outputs, null)).toBe('done again');
    expect(fateOf(10, outputs, null)).toBe('taken as done');
    expect(fateOf(20, outputs, 'Format of the joblog is wrong')).toBe('refused');
  });
});

test.runIf(process.platform === 'linux')('a whole tree of processes gets SIGKILL', async () => {
  const script = 'sh -c "sleep 1000 & echo \\$!; wait" & wait';
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const sleeper = await new Promise<number>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(Number(bytes)));
  });
  expect(stateOf(sleeper)).toMatch(/[SR]/);
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  killTree(child.pid ?? 0);
  expect(await ended).toBe('SIGKILL');
  await waitFor('the end of the sleeper', () => /[ZX]|gone/.test(stateOf(sleeper)));
});

/** `gone`, or a letter; in a container a zombie may stay. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return 'gone';
  }
}
