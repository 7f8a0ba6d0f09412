import { readFileSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { listAnswerSchema } from '@milepost/shared/answers';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentHome, isGone, makeAgentHome, type Started } from '../agent.ts';

// A new job is in the host's list a moment before its first run is in its records and its PROGRESS.txt is there. Seen
// or killed in between, it is no job whose file is gone.

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

const RUNS = '.milepost/runs.jsonl';

/** Starts a job whose agent gets a signal at its first such call about its records of runs, once they have this name. */
function startWithSignal(signal: 'STOP' | 'KILL', call: 'openat' | 'write'): Started {
  const inject = ['-P', join(home.dir, 'd', RUNS), '-e', `inject=${call}:signal=${signal}:when=1`];
  return home.start(['run', '--dir', 'd', '--total', '2', '--every', '1', '--', 'seq', '{start}', '{end}'], {
    // strace counts the calls in each thread.
    env: { ...home.env, UV_THREADPOOL_SIZE: '1' },
    through: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, ...inject],
  });
}

async function standing(agent: Started): Promise<void> {
  await waitFor('the agent to stand', async () => {
    if ((await listed()) === undefined) return false;
    const stat = readFileSync(`/proc/${agent.pid}/stat`, 'latin1');
    return /^ [Tt] /.test(stat.slice(stat.lastIndexOf(')') + 1));
  });
  expect(await home.progress('d')).toBeUndefined();
}

async function listed(): Promise<{ state: string; reason: string | null } | undefined> {
  const { stdout } = await home.milepost(['list', '--json']);
  return listAnswerSchema.parse(JSON.parse(stdout)).jobs[0];
}

/** As a watcher sees it. */
async function watched(): Promise<string> {
  return (await home.milepost(['watch', '--once'])).stdout;
}

test('a job that is in the list and has no run yet is about to begin', async () => {
  const agent = startWithSignal('STOP', 'openat');
  await standing(agent);
  expect(await listed()).toMatchObject({
    state: 'queued',
    reason: 'it is about to begin',
    problem: null,
  });
  expect(await watched()).toMatch(/ d +queued /);
  expect((await home.milepost(['forget', 'd'])).code).toBe(4);
  expect(await home.milepost(['stop', 'd'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('d is about to begin'),
  });
  process.kill(agent.pid, 'SIGCONT');
  expect(await agent.ended).toMatchObject({ code: 0 });
  expect(await listed()).toMatchObject({ state: 'complete' });
});

test('one whose run is in its records and whose file is not there yet is running', async () => {
  const agent = startWithSignal('STOP', 'write');
  await standing(agent);
  expect(await listed()).toMatchObject({ state: 'running', reason: null });
  expect(await watched()).toMatch(/ d +running/);
  process.kill(agent.pid, 'SIGCONT');
  expect(await agent.ended).toMatchObject({ code: 0 });
});

test('killed before its first run it is interrupted, and a resume by its ID begins it', async () => {
  const agent = startWithSignal('KILL', 'openat');
  expect(await agent.ended).toMatchObject({ signal: 'SIGKILL' });
  await waitFor('it to be gone', () => isGone(agent.pid));
  const reason = 'it ended before its first run began';
  expect(await listed()).toMatchObject({ state: 'interrupted', reason });
  // A watcher doesn't look for who made it: the age of the records tells.
  const old = new Date(Date.now() - 120_000);
  await utimes(join(home.dir, 'd', RUNS), old, old);
  expect(await watched()).toMatch(/ d +interrupted .*ended before its first run/);
  const plan = JSON.parse((await home.milepost(['resume', 'd', '--plan', '--json'])).stdout);
  expect(plan).toMatchObject({ state: 'interrupted', todo: { items: 2 }, refused: null });
  expect(await home.milepost(['resume', 'd'])).toMatchObject({ code: 0 });
  expect(await listed()).toMatchObject({ state: 'complete' });
});
