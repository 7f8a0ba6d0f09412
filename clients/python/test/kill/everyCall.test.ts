import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numberFrom } from '../../../../apps/agent/test/kill/random.ts';
import { makePythonHome, type PythonHome } from '../pythonHome.ts';
import { expectRecovery, type Injection, runInjected } from './injected.ts';

// SIGKILL at each call of one kind in turn, from the job's making to its last record: the windows within a commit and
// within a merge are hit for certain, which random instants seldom do.

/** 1: each call in turn; 7: each seventh, beginning with another one for each kind of output. */
const STEP = numberFrom('MILEPOST_CALL_STEP', 7);
const MOST_CALLS = 400;

let home: PythonHome;
beforeAll(async () => {
  home = await makePythonHome();
});
afterAll(() => home.remove());

const swept = [
  { kind: 'bytes', call: 'fsync', offset: 0 },
  { kind: 'folder', call: 'fsync', offset: 2 },
  { kind: 'bytes', call: 'rename', offset: 1 },
  { kind: 'folder', call: 'rename', offset: 3 },
  { kind: 'file', call: 'unlink', offset: 0 },
  { kind: 'file', call: 'ftruncate', offset: 0 },
] as const;
/** Calls that are one among many, by what they are about. */
const aimed = [
  { call: 'write', path: '.milepost/ledger.jsonl' },
  { call: 'fsync', path: '.milepost/ledger.jsonl' },
  { call: 'write', path: '.milepost/runs.jsonl' },
] as const;

async function sweep(name: string, injection: Omit<Injection, 'when' | 'what'>, from: number, step: number) {
  let kills = 0;
  for (let when = from; when < MOST_CALLS; when += step) {
    const job = await runInjected(home, `${name}-${when}`, { ...injection, what: 'signal=KILL', when });
    if (!job.hit) break;
    expect(job.ended.signal, `${name} ${when}: ${job.ended.stderr}`).toBe('SIGKILL');
    kills += 1;
    await expectRecovery(home, job);
  }
  expect(kills).toBeGreaterThanOrEqual(1);
  console.log(`${name}: killed at ${kills} calls.`);
}

describe('killed at each call in turn', () => {
  test.each(swept)('$call, output as $kind', { timeout: 600_000 }, async ({ call, kind, offset }) => {
    await sweep(`${kind}-${call}`, { call, kind }, 1 + (offset % STEP), STEP);
  });

  test.each(aimed)('%j', { timeout: 600_000 }, async (one) => {
    await sweep(Object.values(one).join('-').replaceAll('/', '-'), { ...one, kind: 'bytes' }, 1, 1);
  });
});
