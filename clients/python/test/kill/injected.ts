import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Ended } from '../../../../apps/agent/test/agent.ts';
import {
  ledgerOf,
  processesOf,
  startedAgain,
  strayFiles,
} from '../../../../apps/agent/test/kill/aftermath.ts';
import { parseStrace, type SystemCall } from '../../../../apps/agent/test/kill/straceLog.ts';
import type { PythonHome } from '../pythonHome.ts';
import { makePythonWorkload, type PythonWorkload, type SavedKind } from './workload.ts';

// One system call after the other made to fail, or to be the last. Only those of the program's first thread are
// counted, which does all commits: so the number N names the same call in each run.

export const TOTAL = 10;

export interface Injection {
  call: string;
  /** `error=EIO`, `signal=KILL`. */
  what: string;
  /** Which of the calls, from 1. */
  when: number;
  kind: SavedKind;
  /** In the job's folder: only calls with this path are counted. */
  path?: string | undefined;
}

export interface InjectedJob {
  name: string;
  folder: string;
  workload: PythonWorkload;
  ended: Ended;
  calls: SystemCall[];
  /** Whether the call that was asked for ever came. */
  hit: boolean;
}

/** Runs a new job of two batches and a merge, with something injected into a call. */
export async function runInjected(
  home: PythonHome,
  name: string,
  { call, what, when, kind, path }: Injection,
): Promise<InjectedJob> {
  const folder = join(home.dir, name);
  const workload = await makePythonWorkload(home, name, kind, { total: TOTAL, every: `${TOTAL / 2}` });
  const log = `${folder}.strace`;
  const kills = what.startsWith('signal');
  const ended = await home.run(workload.args, {
    through: [
      // -D: the program is this test's own child, and strace its grandchild. Without it strace ends last, and its log is
      // whole. openat: which files were made anew.
      ...['strace', ...(kills ? ['-D'] : []), '-y', '-qq', '-o', log],
      ...(path === undefined ? [] : ['-P', join(folder, path)]),
      ...['-e', `trace=${call},openat`, '-e', `inject=${call}:${what}:when=${when}`],
    ],
  });
  const text = readFileSync(log, 'utf8');
  await rm(log);
  const hit = text.includes('(INJECTED)') || ended.signal === 'SIGKILL';
  return { name, folder, workload, ended, calls: parseStrace(text), hit };
}

/** The same job goes on with nothing injected: it must end well, and be whole. */
export async function expectRecovery(
  home: PythonHome,
  { name, folder, workload }: InjectedJob,
): Promise<void> {
  expect(await home.run(workload.args)).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'result.txt'), 'utf8')).toBe(workload.expected);
  expect(await home.agent.progress(name)).toMatchObject({
    status: 'complete',
    completed: TOTAL,
    problem: null,
  });
  const starts = workload.starts();
  expect(startedAgain(folder, starts)).toEqual([]);
  expect(starts.length - ledgerOf(folder).length).toBeLessThanOrEqual(1);
  expect(strayFiles(folder, 'result.txt')).toEqual([]);
  expect(await processesOf(home.dir)).toEqual([]);
}
