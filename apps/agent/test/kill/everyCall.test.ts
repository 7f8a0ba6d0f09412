import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from '../agent.ts';
import { expectRecovery, type Injection, runInjected } from './injected.ts';
import { numberFrom } from './random.ts';

// SIGKILL at each call of one kind in turn, from the job's making to its last record: the windows within a commit and
// within a merge are hit for certain, which random instants seldom do.

/** 1: each call in turn; 7: each seventh, beginning with another one for each kind of output. */
const STEP = numberFrom('MILEPOST_CALL_STEP', 7);
const MOST_CALLS = 400;

let home: AgentHome;
beforeAll(async () => {
  home = await makeAgentHome();
});
afterAll(() => home.remove());

const swept = (['file', 'folder', 'stdout'] as const).flatMap((kind, offset) =>
  ['fsync', 'rename'].map((call) => ({ kind, call, offset })),
);
const more = [
  { kind: 'file', call: 'unlink', offset: 0 },
  { kind: 'file', call: 'ftruncate', offset: 0 },
] as const;
/** What Node's first thread does itself, and calls that are one among many, by what they are about. */
const aimed = [
  { call: 'rename', firstThread: true },
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
  test.each([...swept, ...more])('$call, output to a $kind', { timeout: 600_000 }, async (one) => {
    const { call, kind, offset } = one;
    await sweep(`${kind}-${call}`, { call, kind }, 1 + (offset % STEP), STEP);
  });

  test.each(aimed)('%j', { timeout: 600_000 }, async (one) => {
    const name = Object.values(one).join('-').replaceAll('/', '-');
    await sweep(name, { ...one, kind: 'file' }, 1, 1);
  });
});
