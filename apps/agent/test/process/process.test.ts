import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planAnswerSchema, startedAnswerSchema } from '@milepost/shared/answers';
import { PYTHON } from '@milepost/testing/python';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, isGone, makeAgentHome } from '../agent.ts';
import { makeStepper, type Stepper } from './stepper.ts';

let home: AgentHome;
let stepper: Stepper;
beforeEach(async () => {
  home = await makeAgentHome();
  stepper = await makeStepper(home.dir, 100);
});
afterEach(() => home.remove());

const named = ['--name', 'train', '--dir', 'out'];
const withCheckpoints = [...named, '--checkpoints', 'ckpt/*.pt'];
const run = (...options: string[]) => home.start(['run', ...options, '--', ...stepper.command]);
const seen = (completed: number) =>
  waitFor(`PROGRESS.txt to say ${completed}`, async () => {
    const progress = await home.progress('out');
    return progress?.completed === completed && progress;
  });

describe('a program that runs whole', () => {
  test('is watched to its end, and its word is its progress', async () => {
    const job = run(...named);
    await stepper.open(40);
    expect(await seen(40)).toMatchObject({
      status: 'running',
      total: 100,
      percent: 40,
      from: 'the program itself',
      checkpoints: null,
      atRiskSeconds: null,
    });
    await stepper.open(100);
    const ended = await job.ended;
    expect(ended).toMatchObject({ code: 0, stdout: 'all steps done\n', stderr: '' });
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 100, etaSeconds: 0 });
    expect(await stepper.starts()).toMatchObject([{ resume: null, checkpoint: null, args: [] }]);
  });

  test('killed with its agent, goes on from its newest whole checkpoint; what was left of it is ended', async () => {
    const job = run(...withCheckpoints);
    await stepper.open(47);
    await stepper.waitUntilDone(47);
    await seen(47);
    const { pid } = await stepper.started(1);
    job.child.kill('SIGKILL');
    await job.ended;
    expect(await isGone(pid)).toBe(false);

    const plan = await home.milepost(['resume', 'train', '--plan', '--json']);
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout))).toMatchObject({
      state: 'interrupted',
      kind: 'process',
      done: { items: 47 },
      todo: { items: 53 },
      checkpoint: 'ckpt/step_040.pt',
      refused: null,
    });
    const resumed = home.start(['resume', 'train']);
    await stepper.started(2);
    expect(await isGone(pid)).toBe(true);
    await stepper.open(100);
    expect(await resumed.ended).toMatchObject({ code: 0, stdout: 'all steps done\n' });
    const [, second] = await stepper.starts();
    expect(second).toMatchObject({ resume: '1', from: 40, args: [] });
    expect(second?.checkpoint).toBe(join(home.dir, 'ckpt', 'step_040.pt'));
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 100, runs: 2 });
  });

  test('is given its checkpoint as an argument where that was asked for', async () => {
    const job = run(...withCheckpoints, '--resume-args', "--resume-from {checkpoint} --note 'a b'");
    await stepper.open(25);
    await stepper.waitUntilDone(25);
    job.child.kill('SIGTERM');
    expect((await job.ended).code).toBe(5);
    await stepper.open(100);
    expect((await home.milepost(['resume', 'train'])).code).toBe(0);
    const [first, second] = await stepper.starts();
    expect(first?.args).toEqual([]);
    expect(second?.args).toEqual(['--resume-from', join(home.dir, 'ckpt', 'step_020.pt'), '--note', 'a b']);
  });

  test('can be told afterwards where its checkpoints are, and what to add', async () => {
    const job = run(...named);
    await stepper.open(25);
    await stepper.waitUntilDone(25);
    job.child.kill('SIGTERM');
    await job.ended;
    const added = ['--checkpoints', 'ckpt/*.pt', '--resume-args', '--resume-from {checkpoint}'];
    const resumed = home.start(['resume', 'train', ...added]);
    await stepper.started(2);
    await stepper.open(35);
    await stepper.waitUntilDone(35);
    resumed.child.kill('SIGTERM');
    await resumed.ended;
    await stepper.open(100);
    expect((await home.milepost(['resume', 'train'])).code).toBe(0);
    expect((await stepper.starts()).map(({ from }) => from)).toEqual([0, 20, 30]);
  });

  test('never goes on from a checkpoint that is cut off', async () => {
    const job = run(...withCheckpoints);
    await stepper.open(35);
    await stepper.waitUntilDone(35);
    job.child.kill('SIGKILL');
    await job.ended;
    await truncate(join(home.dir, 'ckpt', 'step_030.pt'), 3000);
    const resumed = home.start(['resume', 'train']);
    await stepper.started(2);
    await stepper.open(100);
    expect((await resumed.ended).code).toBe(0);
    expect((await stepper.starts())[1]).toMatchObject({ from: 20 });
  });

  test('that dies again and again at one checkpoint goes on from the one before', async () => {
    const job = run(...withCheckpoints);
    await stepper.open(35);
    await stepper.waitUntilDone(35);
    await seen(35);
    job.child.kill('SIGKILL');
    await job.ended;
    await writeFile(join(home.dir, 'fails'), '');
    const failed = await home.milepost(['resume', 'train']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('FAILED: it exited with 1: CUDA out of memory');
    expect(await home.progress('out')).toMatchObject({ status: 'failed', completed: 35 });
    await rm(join(home.dir, 'fails'));
    await stepper.open(100);
    const plan = planAnswerSchema.parse(
      JSON.parse((await home.milepost(['resume', 'train', '--plan', '--json'])).stdout),
    );
    expect(plan.checkpoint).toBe('ckpt/step_020.pt');
    const ended = await home.milepost(['resume', 'train']);
    expect(ended.code).toBe(0);
    expect((await stepper.starts()).map(({ from }) => from)).toEqual([0, 30, 20]);
    expect(await readFile(join(home.dir, 'out/.milepost/output.log'), 'utf8')).toContain(
      'ckpt/step_030.pt is passed over',
    );
  });

  test('shows its checkpoints and what is at risk while it runs', async () => {
    const job = run(...withCheckpoints);
    await stepper.open(15);
    const progress = await waitFor('the checkpoint to be told', async () => {
      const now = await home.progress('out');
      return now?.checkpoints === 1 && now;
    });
    expect(progress).toMatchObject({ lastCheckpoint: 'ckpt/step_010.pt', status: 'running' });
    expect(progress.atRiskSeconds).not.toBeNull();
    // A later one that is still being written: an open writer, and no directory at its end yet.
    await stepper.open(100);
    expect((await job.ended).code).toBe(0);
    expect(await home.progress('out')).toMatchObject({ checkpoints: 10, lastCheckpoint: 'ckpt/step_100.pt' });
  });

  test('asked to stop, has time to save its work', async () => {
    await writeFile(join(home.dir, 'saves-on-term'), '');
    const job = run(...withCheckpoints);
    await stepper.open(33);
    await stepper.waitUntilDone(33);
    const stopped = await home.milepost(['stop', 'train', '--wait']);
    expect(stopped).toMatchObject({ code: 0, stdout: 'train is stopped.\n' });
    expect((await job.ended).code).toBe(5);
    expect(await home.progress('out')).toMatchObject({ status: 'stopped' });
    await stepper.open(100);
    expect((await home.milepost(['resume', 'train'])).code).toBe(0);
    expect((await stepper.starts())[1]).toMatchObject({ from: 33 });
  });

  test('runs detached, and a resume of it is answered once it is held', async () => {
    const started = await home.milepost([
      ...['run', ...withCheckpoints, '--detach', '--json', '--'],
      ...stepper.command,
    ]);
    expect(startedAnswerSchema.parse(JSON.parse(started.stdout))).toMatchObject({ id: 'train', run: 1 });
    await stepper.open(12);
    await stepper.waitUntilDone(12);
    const twice = await home.milepost(['resume', 'train', '--detach', '--json']);
    expect(twice.code).toBe(3);
    await home.killHolder('out');
    const resumed = await home.milepost(['resume', 'train', '--detach', '--json']);
    expect(startedAnswerSchema.parse(JSON.parse(resumed.stdout))).toMatchObject({
      run: 2,
      alreadyComplete: false,
    });
    await stepper.open(100);
    await waitFor('the end', async () => (await home.progress('out'))?.status === 'complete');
    const again = await home.milepost(['resume', 'train', '--detach', '--json']);
    expect(startedAnswerSchema.parse(JSON.parse(again.stdout))).toMatchObject({ alreadyComplete: true });
    expect(await stepper.starts()).toHaveLength(2);
  });

  test('that ended well is not started again when the last word of PROGRESS.txt is missing', async () => {
    const job = run(...named);
    await stepper.open(100);
    expect((await job.ended).code).toBe(0);
    const file = join(home.dir, 'out', 'PROGRESS.txt');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('COMPLETE', 'RUNNING'));
    expect((await home.milepost(['resume', 'train'])).code).toBe(0);
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 100 });
    expect(await stepper.starts()).toHaveLength(1);
  });

  test('is read to its last word, also where that has no end of line', async () => {
    const ended = await home.milepost(['run', ...named, '--', 'printf', 'step 899 of 900\\nstep 900 of 900']);
    expect(ended).toMatchObject({ code: 0, stdout: 'step 899 of 900\nstep 900 of 900' });
    expect(await home.progress('out')).toMatchObject({
      completed: 900,
      total: 900,
      from: '"step 900 of 900"',
    });
  });

  test('says nothing of its progress: then it is unknown, and no number is made up', async () => {
    const job = home.start([
      'run',
      ...named,
      '--',
      'sh',
      '-c',
      'while [ ! -e go ]; do sleep 0.05; done; echo 7',
    ]);
    await waitFor('PROGRESS.txt', async () => (await home.progress('out'))?.status === 'running');
    expect(await readFile(join(home.dir, 'out/PROGRESS.txt'), 'utf8')).toMatch(/^Progress: unknown\n/);
    expect((await home.milepost(['list'])).stdout).toMatch(/^train +running/m);
    await writeFile(join(home.dir, 'go'), '');
    expect((await job.ended).code).toBe(0);
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: null, percent: null });
  });
});

describe('the output of a program', () => {
  test('is passed on byte for byte, each stream to its own, also what is no text', async () => {
    const script = `
import os, sys
bytes_ = bytes(range(256)) * 4000 + b'\\r 40%|####      | 40/100 [00:01<00:02]\\x1b[A\\xff\\xfe no newline'
sys.stdout.buffer.write(bytes_)
sys.stdout.flush()
sys.stderr.buffer.write(bytes_[::-1])
`;
    await writeFile(join(home.dir, 'print.py'), script);
    const files = await home.milepost([...['run', ...named, '--', PYTHON, join(home.dir, 'print.py')]], {
      through: ['sh', '-c', 'exec "$@" >out.bin 2>err.bin', 'sh'],
    });
    expect(files.code).toBe(0);
    const body = Buffer.concat([
      ...Array.from({ length: 4000 }, () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))),
      Buffer.from('\r 40%|####      | 40/100 [00:01<00:02]\x1b[A'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(' no newline'),
    ]);
    expect((await readFile(join(home.dir, 'out.bin'))).equals(body)).toBe(true);
    expect((await readFile(join(home.dir, 'err.bin'))).equals(Buffer.from(body).reverse())).toBe(true);
  });

  test('is whole for whoever reads it late', async () => {
    const job = await home.milepost([...['run', ...named, '--', 'seq', '300000']], {
      through: ['sh', '-c', '"$@" | { sleep 1; cat >late; }', 'sh'],
    });
    expect(job.code).toBe(0);
    expect(await readFile(join(home.dir, 'late'), 'utf8')).toBe(
      Array.from({ length: 300_000 }, (_, at) => `${at + 1}\n`).join(''),
    );
  });

  test('is whole where its reader made the pipe non-blocking', async () => {
    const script = 'import os, sys; os.set_blocking(1, False); os.execv(sys.argv[1], sys.argv[1:])';
    const through = ['sh', '-c', `${PYTHON} -c '${script}' "$@" | { sleep 1; cat >late; }`, 'sh'];
    const job = await home.milepost(['run', ...named, '--', 'seq', '300000'], { through });
    expect(job.code).toBe(0);
    expect(await readFile(join(home.dir, 'late'), 'utf8')).toBe(
      Array.from({ length: 300_000 }, (_, at) => `${at + 1}\n`).join(''),
    );
  });

  test('of what it left behind is not waited for', async () => {
    const job = await home.milepost([
      ...[
        'run',
        ...named,
        '--',
        'sh',
        '-c',
        'setsid sh -c "while :; do echo more; sleep 0.01; done" & echo $! >left; echo last',
      ],
    ]);
    try {
      process.kill(Number(await readFile(join(home.dir, 'left'), 'utf8')), 'SIGKILL');
    } catch (error) {
      // Nobody reads what it prints any more: it may be gone by itself.
      expect(error).toMatchObject({ code: 'ESRCH' });
    }
    expect(job.code).toBe(0);
    expect(job.stdout).toContain('last\n');
  });

  test('of a flood is not all in the log, but its end is', async () => {
    const job = await home.milepost(['run', ...named, '--', 'sh', '-c', 'seq 9000000; echo the very last']);
    expect(job.code).toBe(0);
    const log = await readFile(join(home.dir, 'out/.milepost/output.log'), 'utf8');
    expect(log).toMatch(/\d+ bytes are not kept here: they came too fast/);
    expect(log).toMatch(/8999999\n9000000\nthe very last\n\[milepost/);
  });

  test('is no reason to end where nobody reads it any more', async () => {
    const job = await home.milepost(
      [...['run', ...named, '--', 'sh', '-c', 'seq 1000000; echo end > "$PWD/ended"']],
      { through: ['sh', '-c', '"$@" | head -c 10 >/dev/null', 'sh'] },
    );
    expect(job.code).toBe(0);
    expect(await readdir(home.dir)).toContain('ended');
    expect(await home.progress('out')).toMatchObject({ status: 'complete' });
  });

  test('of real tqdm is the progress, and PROGRESS.txt says that it is', async () => {
    const program = `
from tqdm import tqdm
import os, time
for at in tqdm(range(50), desc='Epoch', mininterval=0):
    for inner in tqdm(range(20), desc='batch', leave=False):
        time.sleep(0.0005)
    while at >= 30 and not os.path.exists('go'):
        time.sleep(0.02)
`;
    await writeFile(join(home.dir, 'bars.py'), program);
    const job = home.start(['run', ...named, '--', PYTHON, 'bars.py']);
    const progress = await seen(30);
    expect(progress).toMatchObject({ total: 50, unit: 'it', from: 'tqdm "Epoch"' });
    await writeFile(join(home.dir, 'go'), '');
    expect((await job.ended).code).toBe(0);
    expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 50, total: 50 });
  });
});

describe('a resumed program that counts anew', () => {
  test.each([
    ['going on at 40 of 100', 'range(done, 100), initial=done, total=100'],
    ['again at 0 of 60', 'range(done, 100)'],
  ])('%s gives the same true progress', async (_, bar) => {
    const program = `
from tqdm import tqdm
import os, time
done = 40 if os.environ.get('MILEPOST_RESUME') else 0
for at in tqdm(${bar}, desc='steps', mininterval=0):
    while at >= 42 and not os.path.exists('go'):
        time.sleep(0.02)
`;
    await writeFile(join(home.dir, 'bars.py'), program);
    const job = home.start(['run', ...named, '--', PYTHON, 'bars.py']);
    await seen(42);
    job.child.kill('SIGKILL');
    await job.ended;
    const resumed = home.start(['resume', 'train']);
    await waitFor('the second run', async () => (await home.progress('out'))?.runs === 2);
    await seen(42);
    expect(await home.progress('out')).toMatchObject({ completed: 42, total: 100 });
    await writeFile(join(home.dir, 'go'), '');
    expect((await resumed.ended).code).toBe(0);
    expect(await home.progress('out')).toMatchObject({ completed: 100, total: 100, status: 'complete' });
  });
});

describe('wrong use is told in words', () => {
  test.each([
    ['--merge is for a command that runs in batches', ['--merge', 'concat']],
    ['--jobs is for a command that runs in batches', ['--jobs', '2']],
    ['--progress (a: ', ['--progress', '(a']],
    ['(?<done>...)', ['--progress', 'no groups']],
    ['nothing says where checkpoints are', ['--resume-args', '--from {checkpoint}']],
    ['a quote that is not closed', ['--checkpoints', 'x', '--resume-args', "--from '{checkpoint}"]],
    ['a pattern of 1001 characters; 1000 are the most', ['--checkpoints', 'x'.repeat(1001)]],
    ['33 times; a job takes 32', Array.from({ length: 33 }, (_, at) => ['--progress', `p${at}`]).flat()],
    ['--checkpoints takes a pattern', ['--checkpoints', ' ']],
  ])('%s', async (words, options) => {
    const refused = await home.milepost(['run', ...named, ...options, '--', 'true']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain('    at ');
    expect(await readdir(home.dir)).not.toContain('out');
  });

  test('another command or kind in the same folder, and what only batches have', async () => {
    expect((await home.milepost(['run', ...named, '--', 'true'])).code).toBe(0);
    const other = await home.milepost(['run', ...named, '--', 'false']);
    expect(other).toMatchObject({ code: 4 });
    expect(other.stderr).toContain('There: ["true"]. Asked for: ["false"].');
    const batches = await home.milepost(['run', ...named, '--total', '10', '--', 'seq', '{count}']);
    expect(batches.stderr).toContain('There: a command that runs whole'.slice(7));
    for (const command of ['merge', 'verify', 'clean']) {
      const refused = await home.milepost([command, 'train']);
      expect(refused).toMatchObject({ code: 4 });
      expect(refused.stderr).toContain('train runs as one process');
    }
    const changed = await home.milepost(['resume', 'train', '--jobs', '3']);
    expect(changed).toMatchObject({ code: 2 });
  });
});
