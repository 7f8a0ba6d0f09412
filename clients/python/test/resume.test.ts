import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planAnswerSchema, startedAnswerSchema } from '@milepost/shared/answers';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { numbers } from '../../../apps/agent/test/agent.ts';
import { atBatch, GATED, makePythonHome, type PythonHome, startedBatches } from './pythonHome.ts';

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const outLog = () => readFileSync(join(home.dir, 'out', '.milepost', 'output.log'), 'utf8');
// A resume from the app starts from an empty environment: where the client lies has been saved with the job.
const bare = () => ({
  env: { HOME: home.env['HOME'] ?? '', XDG_STATE_HOME: home.env['XDG_STATE_HOME'] ?? '' },
});

/** Starts the program by itself, kills it in its second batch, and says where that leaves it. */
async function startAndKill(): Promise<void> {
  const program = await home.write('gen.py', GATED);
  const running = home.start([program]);
  await home.open(100);
  await atBatch(home, 100);
  running.child.kill('SIGKILL');
  await running.ended;
}

describe('a program that holds its job by itself', () => {
  test('and was killed is started again by the agent, as the app asks for it', async () => {
    await startAndKill();
    const plan = await home.agent.milepost(['resume', 'out', '--plan', '--json']);
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout))).toMatchObject({
      state: 'interrupted',
      done: { batches: 1, items: 100 },
      todo: { items: 200 },
      refused: null,
    });
    const resumed = await home.agent.milepost(['resume', 'out', '--detach', '--json'], bare());
    const answer = startedAnswerSchema.parse(JSON.parse(resumed.stdout));
    expect(answer).toMatchObject({ id: 'out', run: 2, alreadyComplete: false });
    expect(home.runs('out').at(-1)).toMatchObject({ kind: 'start', run: 2, runId: answer.runId });
    const twice = await home.agent.milepost(['resume', 'out', '--detach', '--json'], bare());
    expect(twice.code).toBe(3);
    await home.open(300);
    await waitFor('the end', async () => (await home.agent.progress('out'))?.status === 'complete');
    expect(readFileSync(join(home.dir, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(startedBatches(home).map(({ first }) => first)).toEqual([0, 100, 100, 200]);
    await waitFor('its output in the log', () => outLog().includes('merged'));
    const again = await home.agent.milepost(['resume', 'out', '--detach', '--json'], bare());
    expect(startedAnswerSchema.parse(JSON.parse(again.stdout))).toMatchObject({ alreadyComplete: true });
  });

  test('goes on in a terminal with what it prints there, and with its exit code', async () => {
    await startAndKill();
    await home.open(300);
    const resumed = await home.agent.milepost(['resume', 'out'], bare());
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).toContain('merged ');
  });

  test('is stopped by the agent, and can be resumed', async () => {
    const program = await home.write('gen.py', GATED);
    const running = home.start([program]);
    await atBatch(home, 0);
    expect((await home.agent.milepost(['stop', 'out'])).code).toBe(0);
    await waitFor('the request to be seen', async () =>
      (await home.agent.progress('out'))?.message?.includes('asked to stop'),
    );
    await home.open(100);
    await running.ended;
    expect(await home.agent.progress('out')).toMatchObject({ status: 'stopped', completed: 100 });
    await home.open(300);
    expect((await home.agent.milepost(['resume', 'out'], bare())).code).toBe(0);
  });

  test('that can no longer start says why, and what it printed', async () => {
    await startAndKill();
    await writeFile(join(home.dir, 'gen.py'), 'raise SystemExit("no such dataset")\n');
    const failed = await home.agent.milepost(['resume', 'out', '--detach'], bare());
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('The program of out ended before it took its job: it exited with 1.');
    expect(failed.stderr).toContain('milepost logs out');
    expect((await home.agent.milepost(['logs', 'out'])).stdout).toContain('no such dataset');
  });

  test('of two resumes at once only one starts it', async () => {
    await startAndKill();
    const ask = () => home.agent.milepost(['resume', 'out', '--detach', '--json'], bare());
    const both = await Promise.all([ask(), ask()]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 3]);
    expect(home.runs('out').filter(({ kind }) => kind === 'start')).toHaveLength(2);
    await home.open(300);
    await waitFor('the end', async () => (await home.agent.progress('out'))?.status === 'complete');
  });

  test('is not changed by a resume, nor started in batches by another command', async () => {
    await startAndKill();
    const changed = await home.agent.milepost(['resume', 'out', '--jobs', '2']);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toContain('out is run by its own program');
    const other = await home.agent.milepost([
      'run',
      '--dir',
      'out',
      '--total',
      '300',
      '--',
      'seq',
      '{count}',
    ]);
    expect(other.code).toBe(4);
    expect(other.stderr).toContain('a program that does its own checkpoints');
  });

  test('was typed in and can only go on there: the agent says so', async () => {
    const typed = 'import milepost\nfor b in milepost.Job("out", total=1).batches(): raise SystemExit(3)\n';
    expect((await home.run([], { input: typed })).code).toBe(3);
    const resumed = await home.agent.milepost(['resume', 'out', '--detach'], bare());
    expect(resumed.stderr).toContain('The program of out ended before it took its job: it exited with 4.');
    expect((await home.agent.milepost(['logs', 'out'])).stdout).toMatch(
      /^This job was started by hand in an interactive Python/m,
    );
  });

  test('is a training loop, and goes on from its last checkpoint', async () => {
    await home.write(
      'train.py',
      `
import pathlib, time, milepost
found = milepost.latest("t[1] {a}")
for step in milepost.track(range(found[0] if found else 0, 30), dir="t[1] {a}"):
    while step >= int(pathlib.Path("gate").read_text()):
        time.sleep(0.02)
    milepost.checkpoint(step + 1, str(step).encode(), every=5, total=30, dir="t[1] {a}")
`,
    );
    const killed = home.start(['train.py']);
    await home.open(12);
    const saved = join(home.dir, 't[1] {a}', 'checkpoint_00010');
    await waitFor('its second checkpoint', () => existsSync(saved));
    killed.child.kill('SIGKILL');
    await killed.ended;
    await home.open(30);
    const plan = await home.agent.milepost(['resume', 'train', '--plan', '--json'], bare());
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout))).toMatchObject({
      kind: 'process',
      done: { batches: 2 },
      checkpoint: saved,
      refused: null,
    });
    expect(await home.agent.milepost(['resume', 'train'], bare())).toMatchObject({ code: 0, stderr: '' });
    expect(await home.agent.progress('t[1] {a}')).toMatchObject({
      status: 'complete',
      completed: 30,
      total: 30,
      runs: 2,
    });
  });
});
