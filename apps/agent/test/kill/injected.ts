import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { AgentHome, Ended } from '../agent.ts';
import { ledgerOf, processesOf, startedAgain, strayFiles } from './aftermath.ts';
import { parseStrace, type SystemCall } from './straceLog.ts';
import { makeWorkload, type OutputKind, type Workload } from './workload.ts';

// One system call after the other made to fail, or to be the last: strace counts them in each thread, and with one
// thread in Node's pool the number N names the same call in each run.

export interface InjectedJob {
  name: string;
  folder: string;
  workload: Workload;
  ended: Ended;
  calls: SystemCall[];
  /** Whether the call that was asked for ever came. */
  hit: boolean;
}

export const TOTAL = 10;

export interface Injection {
  call: string;
  /** `error=EIO`, `signal=KILL`. */
  what: string;
  /** Which of the calls, from 1. */
  when: number;
  kind: OutputKind;
  /** In the job's folder: only calls with this path are counted. */
  path?: string | undefined;
  /** Only calls of Node's first thread are counted: what is not left to its pool. */
  firstThread?: boolean;
}

/** Runs a new job of two batches and a merge, with something injected into a call. */
export async function runInjected(
  home: AgentHome,
  name: string,
  { call, what, when, kind, path, firstThread = false }: Injection,
): Promise<InjectedJob> {
  const folder = join(home.dir, name);
  const workload = await makeWorkload(home.dir, folder, kind);
  const log = `${folder}.strace`;
  const ended = await home.milepost(
    [
      ...['run', '--dir', name, '--total', `${TOTAL}`, '--every', `${TOTAL / 2}`, '--retries', '0'],
      ...[...workload.options, '--', ...workload.command],
    ],
    {
      env: { ...home.env, UV_THREADPOOL_SIZE: '1' },
      through: [
        // -D: the agent is this test's own child, and strace its grandchild, so that what a killed one leaves runs on.
        // Without it strace ends last, and its log is whole. openat: which files were made anew.
        ...[
          'strace',
          ...(what.startsWith('signal') ? ['-D'] : []),
          ...(firstThread ? [] : ['-f']),
          '-y',
          '-qq',
          '-o',
          log,
        ],
        ...(path === undefined ? [] : ['-P', join(folder, path)]),
        ...['-e', `trace=${call},openat`, '-e', `inject=${call}:${what}:when=${when}`],
      ],
    },
  );
  const text = readFileSync(log, 'utf8');
  await rm(log);
  const hit = text.includes('(INJECTED)') || ended.signal === 'SIGKILL';
  return { name, folder, workload, ended, calls: parseStrace(text), hit };
}

/** The same job goes on with nothing injected: it must end well, and be whole. */
export async function expectRecovery(
  home: AgentHome,
  { name, folder, workload }: InjectedJob,
): Promise<void> {
  const there = existsSync(join(folder, '.milepost'));
  const again = there
    ? ['resume', folder]
    : [
        ...['run', '--dir', name, '--total', `${TOTAL}`, '--every', `${TOTAL / 2}`],
        ...[...workload.options, '--', ...workload.command],
      ];
  expect(await home.milepost(again)).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(folder, 'result.txt'), 'utf8')).toBe(workload.expected(TOTAL));
  expect(await home.progress(name)).toMatchObject({ status: 'complete', completed: TOTAL, problem: null });
  const starts = workload.starts();
  expect(startedAgain(folder, starts)).toEqual([]);
  expect(starts.length - ledgerOf(folder).length).toBeLessThanOrEqual(1);
  expect(strayFiles(folder, 'result.txt')).toEqual([]);
  expect(await processesOf(home.dir)).toEqual([]);
}
