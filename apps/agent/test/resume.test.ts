import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listAnswerSchema, planAnswerSchema, startedAnswerSchema } from '@milepost/shared/answers';
import { jobStatusSchema } from '@milepost/shared/state';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, isGone, makeAgentHome, numbers } from './agent.ts';
import { type Gated, makeGated } from './gated.ts';

let home: AgentHome;
let gated: Gated;
beforeEach(async () => {
  home = await makeAgentHome();
  gated = await makeGated(home.dir);
});
afterEach(() => home.remove());

const read = (...path: string[]) => readFile(join(home.dir, ...path), 'utf8');

const merged = [
  ...['--name', 'numbers', '--dir', 'out', '--total', '500', '--every', '100', '--ext', '.txt'],
  ...['--merge', 'concat'],
];

describe('killed and resumed', () => {
  test('it goes on from the last checkpoint, ends what was left, and the result is the same', async () => {
    const job = home.start(['run', ...merged, '--', ...gated.command]);
    await gated.open(200);
    const orphan = await gated.started(200);
    await waitFor('two checkpoints to be saved', async () => (await home.progress('out'))?.completed === 200);
    job.child.kill('SIGKILL');
    await job.ended;
    expect(await isGone(orphan.pid)).toBe(false);

    const list = listAnswerSchema.parse(JSON.parse((await home.milepost(['list', '--json'])).stdout));
    expect(list.jobs[0]).toMatchObject({
      id: 'numbers',
      state: 'interrupted',
      status: 'running',
      completed: 200,
    });
    const plan = await home.milepost(['resume', 'numbers', '--plan', '--json']);
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout))).toMatchObject({
      state: 'interrupted',
      done: { batches: 2, items: 200 },
      todo: { items: 300 },
      redo: [],
      refused: null,
    });

    const resumed = home.start(['resume', 'numbers']);
    await waitFor(
      'a second run of the batch that was in flight',
      async () => (await gated.batches()).filter(({ first }) => first === 200).length === 2,
    );
    expect(await isGone(orphan.pid)).toBe(true);
    await gated.open(500);
    expect((await resumed.ended).code).toBe(0);
    expect((await gated.batches()).map(({ first }) => first)).toEqual([0, 100, 200, 200, 300, 400]);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 500));
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 500, runs: 2 });
  });

  test('a run of the same command goes on as well; a complete one is left as it is', async () => {
    const command = ['run', ...merged, '--', ...gated.command];
    const job = home.start(command);
    await gated.open(100);
    await gated.started(100);
    job.child.kill('SIGKILL');
    await job.ended;
    await gated.open(500);
    const resumed = await home.milepost(command);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('Resumed in') });
    const before = await read('out', 'PROGRESS.txt');
    expect(await home.milepost(command)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to do'),
    });
    expect(await home.milepost(['resume', 'out'])).toMatchObject({ code: 0 });
    expect(await read('out', 'PROGRESS.txt')).toBe(before);
  });

  test('from an empty environment and another folder it finds the same program and folder, and no secret was kept', async () => {
    const tools = join(home.dir, 'tools');
    await mkdir(tools);
    await writeFile(join(tools, 'mytool'), '#!/bin/sh\npwd; echo "$CONDA_PREFIX"; seq "$1" "$2"\n', {
      mode: 0o755,
    });
    const env = {
      ...home.env,
      PATH: `${tools}:${home.env['PATH']}`,
      CONDA_PREFIX: '/opt/conda',
      AWS_SECRET_ACCESS_KEY: 'hush-hush',
      PYTHON_TOKEN: 'hush-hush',
    };
    const failing = await home.milepost(
      [
        'run',
        '--dir',
        'out',
        '--total',
        '2',
        '--every',
        '1',
        '--retries',
        '0',
        '--merge',
        'test -e go && cat {inputs} >{output}',
        '--',
        'mytool',
        '{start}',
        '{end}',
      ],
      { env },
    );
    expect(failing.code).toBe(1);
    await writeFile(join(home.dir, 'go'), '');
    await rm(join(home.dir, 'out', 'checkpoint_00001'));
    const bare = { HOME: home.env['HOME'] ?? '', XDG_STATE_HOME: home.env['XDG_STATE_HOME'] ?? '' };
    const resumed = await home.milepost(['resume', join(home.dir, 'out')], { env: bare, cwd: '/' });
    expect(resumed.code).toBe(0);
    expect(await read('out', 'checkpoint_00001')).toBe(`${home.dir}\n/opt/conda\n1\n2\n`);
    expect(await read('out', '.milepost', 'job.json')).not.toContain('hush-hush');
  });

  test('ended by SIGTERM it is interrupted with exit code 5, and its children are gone', async () => {
    const job = home.start(['run', ...merged, '--', ...gated.command]);
    const batch = await gated.started(0);
    job.child.kill('SIGTERM');
    const ended = await job.ended;
    expect(ended.code).toBe(5);
    expect(await isGone(batch.pid)).toBe(true);
    expect(await home.progress('out')).toMatchObject({ status: 'interrupted', message: 'ended by SIGTERM' });
    const status = jobStatusSchema.parse(
      JSON.parse((await home.milepost(['status', 'out', '--json'])).stdout),
    );
    expect(status).toMatchObject({ state: 'interrupted', reason: 'ended by SIGTERM' });
  });
});

describe('one owner', () => {
  test('of many agents started at once on one folder one runs; the others exit 3 and name it', async () => {
    const command = ['run', ...merged, '--', ...gated.command];
    const agents = Array.from({ length: 12 }, () => home.start(command));
    const losers = await Promise.all(
      agents.map(({ ended }) =>
        Promise.race([
          ended,
          waitFor(
            'the others to have ended',
            () => agents.filter(({ child }) => child.exitCode === null).length === 1,
          ),
        ]),
      ),
    ).then((all) => all.filter((ended) => typeof ended === 'object'));
    const winner = agents.find(({ child }) => child.exitCode === null);
    expect(losers.length).toBe(11);
    for (const loser of losers) {
      expect(loser).toMatchObject({ code: 3, stderr: expect.stringContaining(`pid ${winner?.pid}`) });
    }
    await gated.open(500);
    expect((await winner?.ended)?.code).toBe(0);
    expect((await gated.batches()).map(({ first }) => first)).toEqual([0, 100, 200, 300, 400]);
  });
});

describe('detached', () => {
  test('run and resume return once the job is held, and it goes on without them', async () => {
    const run = await home.milepost(['run', ...merged, '--detach', '--json', '--', ...gated.command]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const first = startedAnswerSchema.parse(JSON.parse(run.stdout));
    expect(first).toMatchObject({ id: 'numbers', run: 1, alreadyComplete: false });
    await gated.started(0);

    const held = await home.milepost(['resume', 'numbers', '--detach', '--json']);
    expect(held.code).toBe(3);
    expect(JSON.parse(held.stdout)).toMatchObject({ error: { kind: 'held' } });

    await home.killHolder('out');
    await gated.open(500);
    const resumed = await home.milepost(['resume', 'numbers', '--detach', '--json']);
    expect(startedAnswerSchema.parse(JSON.parse(resumed.stdout))).toMatchObject({
      run: 2,
      alreadyComplete: false,
    });
    await waitFor('the job to be complete', async () => (await home.progress('out'))?.status === 'complete');
    const again = await waitFor('the agent to have gone', async () => {
      const ended = await home.milepost(['resume', 'numbers', '--detach', '--json']);
      return ended.code === 0 ? ended : undefined;
    });
    expect(startedAnswerSchema.parse(JSON.parse(again.stdout))).toMatchObject({
      run: 2,
      alreadyComplete: true,
    });
  });
});
