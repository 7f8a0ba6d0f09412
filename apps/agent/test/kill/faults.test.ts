import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planResume } from '../../src/resumePlan.ts';
import { readTruth } from '../../src/truth.ts';
import { type AgentHome, makeAgentHome } from '../agent.ts';
import { expectRecovery, type InjectedJob, type Injection, runInjected, TOTAL } from './injected.ts';
import { numberFrom } from './random.ts';
import { isSync, pathOfDescriptor, pathsOf, type SystemCall } from './straceLog.ts';
import type { OutputKind } from './workload.ts';

// Each call of a job's making, of its commits and of its merge made to fail in turn. The agent says so and ends, or goes
// on where that is right; the records can be read; and when the cause is gone a resume ends with the right result.

/** 1: each call in turn; 7: each seventh. */
const STEP = numberFrom('MILEPOST_CALL_STEP', 7);
const MOST_CALLS = 600;

let home: AgentHome;
beforeAll(async () => {
  home = await makeAgentHome();
  // What looks at the records within this process must see this home's registry.
  process.env['XDG_STATE_HOME'] = home.env['XDG_STATE_HOME'];
});
afterAll(() => home.remove());

const ANY = /\((?:EIO|EACCES|ENOSPC)\)|exited with/;

interface Fault {
  call: string;
  error: string;
  kind: OutputKind;
}

const counted: Fault[] = [
  { call: 'fsync', error: 'EIO', kind: 'folder' },
  { call: 'rename', error: 'EACCES', kind: 'file' },
  { call: 'mkdir', error: 'ENOSPC', kind: 'folder' },
  { call: 'ftruncate', error: 'EIO', kind: 'file' },
  { call: 'unlink', error: 'EACCES', kind: 'file' },
  { call: 'link', error: 'EACCES', kind: 'file' },
  // Most of these are Node's own and the commands': many runs for few hits.
  ...(STEP === 1
    ? ([
        { call: 'openat', error: 'EACCES', kind: 'stdout' },
        { call: 'write', error: 'ENOSPC', kind: 'file' },
      ] satisfies Fault[])
    : []),
];

/** What Node's first thread does itself, and calls that are one among many, by what they are about. */
const aimed = [
  { call: 'rename', error: 'EIO', firstThread: true },
  { call: 'mkdir', error: 'ENOSPC', firstThread: true },
  { call: 'write', error: 'ENOSPC', path: '.milepost/ledger.jsonl' },
  { call: 'fsync', error: 'EIO', path: '.milepost/ledger.jsonl' },
  { call: 'openat', error: 'EACCES', path: '.milepost/ledger.jsonl' },
  { call: 'write', error: 'EIO', path: '.milepost/runs.jsonl' },
  { call: 'fsync', error: 'EIO', path: '.milepost/runs.jsonl' },
  { call: 'openat', error: 'EIO', path: '.milepost/runs.jsonl' },
  { call: 'openat', error: 'EIO', path: 'checkpoint_00005.txt' },
  { call: 'openat', error: 'EACCES', path: 'PROGRESS.txt' },
  { call: 'openat', error: 'EIO', path: '.milepost/output.log' },
  { call: 'openat', error: 'EIO', path: '.milepost/scratch' },
  { call: 'openat', error: 'EIO', path: '.' },
] as const;

/** Tries `injection` with each number in turn until a run passes without a hit. */
async function sweep(name: string, injection: Omit<Injection, 'when'>, step: number): Promise<void> {
  const codes: Record<number, number> = {};
  for (let when = 1; when < MOST_CALLS; when += step) {
    const job = await runInjected(home, `${name}-${when}`, { ...injection, when });
    if (!job.hit) break;
    if (hitsNodeItself(job)) continue;
    const { code, stdout, stderr } = job.ended;
    const said = `${stdout}${stderr}`;
    const where = `${name} ${when}: ${said}\n${injectedCalls(job).map(({ args }) => args)}`;
    expect([0, 1], where).toContain(code);
    codes[code ?? -1] = (codes[code ?? -1] ?? 0) + 1;
    expect(said, where).not.toMatch(/^\s+at |doesn't know|undefined/m);
    if (code === 1) expect(said, where).toMatch(ANY);
    expect(syncedAgain(job.calls), where).toEqual([]);
    const truth = await readTruth(job.folder);
    if (truth.state !== 'missing') {
      expect(truth.problem, where).toBeNull();
      expect((await planResume(job.folder, { verify: false, trust: false })).refused, where).toBeNull();
    }
    if (code === 0)
      expect(readFileSync(`${job.folder}/result.txt`, 'utf8')).toBe(job.workload.expected(TOTAL));
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
    await sweep(name, { ...one, kind: 'file', what: `error=${error}` }, 1);
  });
});

const injectedCalls = ({ calls }: InjectedJob) => calls.filter(({ result }) => result.includes('INJECTED'));

/** Whether the fault hit Node's own files and pipes, or a command's libraries: nothing that could be answered for. */
function hitsNodeItself(job: InjectedJob): boolean {
  return injectedCalls(job).some((call) => {
    const path = pathOfDescriptor(call) || (pathsOf(call)[0] ?? '');
    return !path.startsWith(home.dir) && !path.startsWith(home.env['HOME'] ?? '');
  });
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
    // A folder is no file: its fsync is tried after each rename in it. A temporary file that could not be written is
    // removed, and the next one of its name is another: above, by how it was opened.
    if (call.result.includes('INJECTED') && /\.(?:txt|json|jsonl|tmp)$/.test(path)) failed.add(path);
  }
  return again;
}
