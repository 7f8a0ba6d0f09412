import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numberFrom } from '../../../../apps/agent/test/kill/random.ts';
import {
  isSync,
  pathOfDescriptor,
  pathsOf,
  type SystemCall,
} from '../../../../apps/agent/test/kill/straceLog.ts';
import { makePythonHome, type PythonHome } from '../pythonHome.ts';
import { expectRecovery, type InjectedJob, type Injection, runInjected } from './injected.ts';
import type { SavedKind } from './workload.ts';

// Each call of a job's making, of its commits and of its merge made to fail in turn. The program is told so and ends, or
// goes on where that is right; the records can be read; and when the cause is gone the next start ends with the right
// result.

/** 1: each call in turn; 7: each seventh. */
const STEP = numberFrom('MILEPOST_CALL_STEP', 7);
const MOST_CALLS = 600;

let home: PythonHome;
beforeAll(async () => {
  home = await makePythonHome();
});
afterAll(() => home.remove());

const counted: { call: string; error: string; kind: SavedKind }[] = [
  { call: 'fsync', error: 'EIO', kind: 'folder' },
  { call: 'rename', error: 'EACCES', kind: 'bytes' },
  { call: 'mkdir', error: 'ENOSPC', kind: 'bytes' },
  { call: 'ftruncate', error: 'EIO', kind: 'bytes' },
  { call: 'unlink', error: 'EACCES', kind: 'bytes' },
  { call: 'link', error: 'EACCES', kind: 'bytes' },
  { call: 'flock', error: 'EIO', kind: 'bytes' },
];

/** Calls that are one among many, by what they are about. */
const aimed = [
  { call: 'write', error: 'ENOSPC', path: '.milepost/ledger.jsonl' },
  { call: 'fsync', error: 'EIO', path: '.milepost/ledger.jsonl' },
  { call: 'openat', error: 'EACCES', path: '.milepost/ledger.jsonl' },
  { call: 'write', error: 'EIO', path: '.milepost/runs.jsonl' },
  { call: 'fsync', error: 'EIO', path: '.milepost/runs.jsonl' },
  { call: 'openat', error: 'EIO', path: '.milepost/runs.jsonl' },
  { call: 'openat', error: 'EIO', path: 'checkpoint_00005.txt' },
  { call: 'openat', error: 'EACCES', path: 'PROGRESS.txt' },
  { call: 'openat', error: 'EIO', path: '.milepost/scratch' },
  { call: 'openat', error: 'EIO', path: '.' },
] as const;

/** Tries `injection` with each number in turn until a run passes without a hit. */
async function sweep(name: string, injection: Omit<Injection, 'when'>, step: number): Promise<void> {
  const codes: Record<number, number> = {};
  for (let when = 1; when < MOST_CALLS; when += step) {
    const job = await runInjected(home, `${name}-${when}`, { ...injection, when });
    if (!job.hit) break;
    if (hitsTheProgramItself(job)) continue;
    const { code, stdout, stderr } = job.ended;
    const where = `${name} ${when}: ${stdout}${stderr}\n${injectedCalls(job).map(({ args }) => args)}`;
    expect([0, 1], where).toContain(code);
    codes[code ?? -1] = (codes[code ?? -1] ?? 0) + 1;
    expect(stderr, where).not.toContain('Traceback');
    if (code === 1) expect(stderr, where).toMatch(/^milepost: .*\((?:EIO|EACCES|ENOSPC)\)/m);
    expect(syncedAgain(job.calls), where).toEqual([]);
    // Whatever is there can be read: each line of the records, and PROGRESS.txt.
    expect(home.runs(job.name).length, where).toBeLessThanOrEqual(2);
    expect(home.ledger(job.name).length, where).toBeLessThanOrEqual(2);
    expect((await home.agent.progress(job.name))?.problem ?? null, where).toBeNull();
    if (code === 0) expect(readFileSync(`${job.folder}/result.txt`, 'utf8')).toBe(job.workload.expected);
    await expectRecovery(home, job);
  }
  console.log(`${name}: ended with ${JSON.stringify(codes)}`);
  expect(Object.keys(codes).length).toBeGreaterThanOrEqual(1);
}

describe('each call made to fail in turn', () => {
  test.each(counted)('$call: $error', { timeout: 900_000 }, async ({ call, error, kind }) => {
    await sweep(call, { call, kind, what: `error=${error}` }, STEP);
  });

  test.each(aimed)('%j', { timeout: 900_000 }, async ({ error, ...one }) => {
    const name = Object.values({ ...one, error })
      .join('-')
      .replaceAll('/', '-');
    await sweep(name, { ...one, kind: 'bytes', what: `error=${error}` }, 1);
  });

  test('a file system without locks is refused', async () => {
    const job = await runInjected(home, 'no-locks', {
      call: 'flock',
      what: 'error=ENOLCK',
      when: 1,
      kind: 'bytes',
    });
    expect(job.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^milepost: .* can't be used: its file system has no locks .*, so two programs could not be kept apart\.\nTake a folder on a local disk/,
      ),
    });
    // And one that gives the same lock to everybody.
    const double = await runInjected(home, 'double', {
      call: 'flock',
      what: 'retval=0',
      when: 2,
      kind: 'bytes',
    });
    expect(double.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/grants the same lock twice/),
    });
  });
});

const injectedCalls = ({ calls }: InjectedJob) => calls.filter(({ result }) => result.includes('INJECTED'));

/** Whether the fault hit the workload's own merge: its error is the program's, and is shown as Python shows it. */
function hitsTheProgramItself(job: InjectedJob): boolean {
  return injectedCalls(job).some((call) => pathsOf(call)[0]?.endsWith('.part'));
}

/** Files of which fsync failed once and was called again, although they were not made anew in between. */
function syncedAgain(calls: readonly SystemCall[]): string[] {
  const failed = new Set<string>();
  const again: string[] = [];
  for (const call of calls) {
    if (call.name === 'openat' && /O_TRUNC|O_EXCL/.test(call.args))
      for (const path of pathsOf(call)) failed.delete(path);
    if (!isSync(call)) continue;
    const path = pathOfDescriptor(call);
    if (failed.has(path)) again.push(path);
    // A folder is no file: its fsync is tried after each rename in it.
    if (call.result.includes('INJECTED') && /\.(?:txt|json|jsonl|tmp)$/.test(path)) failed.add(path);
  }
  return again;
}
