import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '@milepost/checkpoint/lock';
import { runRecordSchema } from '@milepost/shared/job';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, isGone, makeAgentHome, numbers, type Started } from './agent.ts';
import { type Gated, makeGated } from './gated.ts';

let home: AgentHome;
let gated: Gated;
const others: ChildProcess[] = [];
beforeEach(async () => {
  home = await makeAgentHome();
  gated = await makeGated(home.dir);
});
afterEach(async () => {
  for (const other of others.splice(0)) other.kill('SIGKILL');
  await home.remove();
});

const path = (...names: string[]) => join(home.dir, 'out', ...names);
const run = (command: readonly string[] = gated.command) => [
  ...['run', '--name', 'numbers', '--dir', 'out', '--total', '300', '--every', '100', '--ext', '.txt'],
  ...['--merge', 'concat', '--', ...command],
];

const AGENTS = 50;

/** Of many agents, waits until all but one have ended, and checks that they name that one. */
async function expectOneOwner(agents: readonly Started[]): Promise<Started> {
  const running = () => agents.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  await waitFor('all but one to have ended', () => running().length === 1, { limitMs: 120_000 });
  const [winner] = running();
  if (winner === undefined) throw new Error('Nobody is left.');
  for (const agent of agents) {
    if (agent === winner) continue;
    expect(await agent.ended).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(new RegExp(`is held by an agent on .*, pid ${winner.pid}\\.`)),
    });
  }
  return winner;
}

describe(`${AGENTS} agents started at once`, { timeout: 180_000 }, () => {
  test('on a new folder: one runs, the others exit 3 and name it', async () => {
    const winner = await expectOneOwner(Array.from({ length: AGENTS }, () => home.start(run())));
    await gated.open(300);
    expect((await winner.ended).code).toBe(0);
    expect((await gated.batches()).map(({ first }) => first)).toEqual([0, 100, 200]);
    expect(await readFile(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(readdirSync(path()).filter((name) => name.startsWith('.milepost.new-'))).toEqual([]);
  });

  test('on a job whose agent was killed: one resumes it, with no clean-up by hand', async () => {
    const first = home.start(run());
    await gated.open(100);
    await gated.started(100);
    first.child.kill('SIGKILL');
    await first.ended;
    const winner = await expectOneOwner(Array.from({ length: AGENTS }, () => home.start(['resume', 'out'])));
    await gated.open(300);
    expect((await winner.ended).code).toBe(0);
    expect((await gated.batches()).map(({ first: item }) => item)).toEqual([0, 100, 100, 200]);
  });
});

describe('a pid that was given to another program', () => {
  test('is no owner: the job is interrupted, and can be resumed', async () => {
    const job = home.start(run());
    await gated.started(0);
    job.child.kill('SIGKILL');
    await job.ended;
    const stranger = spawn('sleep', ['300'], { stdio: 'ignore' });
    others.push(stranger);
    const pid = stranger.pid ?? 0;
    const lock = path('.milepost', 'lock');
    await writeFile(lock, (await readFile(lock, 'utf8')).replace(/"pid":\d+/, `"pid":${pid}`));
    const runs = path('.milepost', 'runs.jsonl');
    const start = runRecordSchema.parse(decodeRecordLine((await readFile(runs, 'utf8')).trimEnd()));
    if (start.kind !== 'start') throw new Error('no start');
    await writeFile(runs, encodeRecordLine({ ...start, process: { ...start.process, pid } }));

    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +interrupted/);
    await gated.open(300);
    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({ code: 0, stderr: '' });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });
});

/** A command whose first start leaves stubborn processes behind; a later one notes which of them still run. */
async function stubborn(how: string): Promise<string[]> {
  const program = join(home.dir, 'stubborn.sh');
  await writeFile(
    program,
    `#!/bin/sh
cd ${home.dir}
for pid in $(cat pids 2>/dev/null); do
  grep -q ') Z' /proc/$pid/stat 2>/dev/null || { [ -e /proc/$pid ] && echo "$pid still runs" >> overlap; }
done
if [ ! -e again ]; then
  touch again
  ${how}
fi
seq "$1" $(($1 + $2 - 1))
`,
  );
  await writeFile(
    join(home.dir, 'stay.sh'),
    '#!/bin/sh\ntrap "" TERM HUP INT\ncd "$1"\necho $$ >> pids\nwhile :; do sleep 0.1; done\n',
  );
  for (const name of ['stubborn.sh', 'stay.sh']) await chmod(join(home.dir, name), 0o755);
  return [program, '{start}', '{count}'];
}

const pids = async () =>
  (await readFile(join(home.dir, 'pids'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);

describe('what outlived its agent', () => {
  test.each([
    ['ignores SIGTERM', './stay.sh .', 1],
    ['has a session of its own', 'setsid ./stay.sh . & ./stay.sh .', 2],
    ['is a daemon by now', '(setsid ./stay.sh . &) ; ./stay.sh .', 2],
    ['cleared its environment', 'exec env -i PATH="$PATH" ./stay.sh .', 1],
    ['has a child with a cleared environment', 'env -i PATH="$PATH" ./stay.sh . & ./stay.sh .', 2],
  ])('and %s is ended before its batch runs again, and never has the lock', async (_, how, count) => {
    const job = home.start(run(await stubborn(how)));
    await waitFor('the stubborn ones', async () => (await pids()).length === count);
    for (const pid of await pids()) {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      expect(open.filter((file) => file.endsWith('.milepost/lock'))).toEqual([]);
    }
    job.child.kill('SIGKILL');
    await job.ended;
    for (const pid of await pids()) expect(await isGone(pid)).toBe(false);

    // The lock is free at once, whatever still runs.
    const taken = await takeLock(path('.milepost', 'lock'), { host: 'test', bootId: null, pid: process.pid });
    expect(taken.kind).toBe('locked');
    if (taken.kind === 'locked') await taken.lock.release();

    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({ code: 0, stderr: '' });
    for (const pid of await pids()) expect(await isGone(pid)).toBe(true);
    expect(() => readFileSync(join(home.dir, 'overlap'))).toThrow('ENOENT');
    expect(await readFile(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
  });
});

describe('a copy of a job’s folder', () => {
  test('is a job of its own: its resume leaves the running original, and its ID, alone', async () => {
    await gated.open(100);
    const original = home.start(run());
    const { pid } = await gated.started(100);
    await waitFor('the first checkpoint', async () => (await home.progress('out'))?.completed === 100);
    await cp(path(), join(home.dir, 'copy'), { recursive: true });
    const copy = home.start(['resume', 'copy']);
    await waitFor('the copy’s batch', async () => (await gated.started(100)).pid !== pid);
    expect(await isGone(pid)).toBe(false);
    await gated.open(300);
    expect((await original.ended).code).toBe(0);
    const ended = await copy.ended;
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/copy of .*out.*numbers-2/);
    for (const dir of ['out', 'copy']) {
      expect(await readFile(join(home.dir, dir, 'numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    }
    expect((await gated.batches()).map(({ first }) => first).sort((a, b) => a - b)).toEqual([
      0, 100, 100, 200, 200,
    ]);
    const list = (await home.milepost(['list'])).stdout;
    expect(list).toMatch(/numbers +complete .*out/);
    expect(list).toMatch(/numbers-2 +complete .*copy/);
  });
});
