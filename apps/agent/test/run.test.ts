import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listAnswerSchema } from '@milepost/shared/answers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome, numbers } from './agent.ts';

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

const read = (...path: string[]) => readFile(join(home.dir, ...path), 'utf8');

const options = ['--name', 'numbers', '--dir', 'out', '--total', '500', '--every', '100', '--ext', '.txt'];
const merged = [...options, '--merge', 'concat'];

describe('run', () => {
  test('makes a checkpoint of what each batch prints, merges them and leaves COMPLETE behind', async () => {
    const ended = await home.milepost(['run', ...merged, '--', 'sh', '-c', 'seq {start} $(({end} - 1))']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(await home.checkpoints('out')).toEqual(
      [0, 100, 200, 300, 400].map((n) => `checkpoint_${String(n).padStart(5, '0')}.txt`),
    );
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 500));
    expect(await read('out', 'PROGRESS.txt')).toMatch(
      /^Progress: 500\/500 \(100%\)\nElapsed: .*\nETA: 0\.0 min\n/,
    );
    expect(await read('out', 'PROGRESS.txt')).toContain('\nStatus: COMPLETE\n');
  });

  test('gives each batch its numbers in the arguments and in the environment, and leaves other braces alone', async () => {
    const ended = await home.milepost([
      ...['run', '--dir', 'out', '--total', '25', '--every', '10', '--', 'sh', '-c'],
      'echo "{start} {end} {count} {index} $MILEPOST_START $MILEPOST_END $MILEPOST_COUNT $MILEPOST_INDEX {other} {} $(test -n "$HOME" && echo home)"',
    ]);
    expect(ended.code).toBe(0);
    expect(await read('out', 'checkpoint_00020')).toBe('20 25 5 2 20 25 5 2 {other} {} home\n');
  });

  test('a merge by a shell line gets its inputs quoted and in order', async () => {
    const dir = 'it\'s $(odd) "here"';
    const ended = await home.milepost([
      ...['run', '--name', 'numbers', '--dir', dir, '--total', '30', '--every', '10', '--ext', 'txt'],
      ...[
        '--merge',
        'cat {inputs} > {output} && wc -l < {list} >> {output}',
        '--',
        'seq',
        '{start}',
        '{end}',
      ],
    ]);
    expect(ended.code).toBe(0);
    expect(await read(dir, 'numbers.txt')).toBe(`${numbers(0, 11)}${numbers(10, 11)}${numbers(20, 11)}3\n`);
  });

  test('of a failing command tries again, then fails with its last line, and the rest stays', async () => {
    const command = 'if [ {start} = 200 ]; then echo "no memory left" >&2; exit 7; fi; seq {start} {end}';
    const ended = await home.milepost(['run', ...options, '--retries', '1', '--', 'sh', '-c', command]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(
      'FAILED: batch 200 to 299 failed after 2 attempts: it exited with 7: no memory left',
    );
    expect(await home.progress('out')).toMatchObject({ status: 'failed', completed: 200 });
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +failed +200\/500/);
  });

  test.each([
    [['run', '--every', '10', '--', 'true'], /--total is missing/],
    [['run', '--total', 'many', '--every', '10', '--', 'true'], /--total takes a whole number/],
    [['run', '--total', '10', '--every', '9m', '--', 'true'], /five minutes/],
    [['run', '--total', '10', '--every', 'often', '--', 'true'], /--every/],
    [
      ['run', '--checkpoints', 'x', '--every', '1', '--total', '9', '--', 'true'],
      /--checkpoints is for a command that runs whole/,
    ],
    [['run', '--total', '10', '--every', '1', '--merge', 'cat', '--', 'true'], /names no \{output\}/],
    [['run', '--total', '10', '--every', '1', '--', 'no-such-program-here'], /was not found on PATH/],
    [
      ['run', '--total', '10', '--every', '1', '--name', 'a/b', '--merge', 'concat', '--', 'true'],
      /plain file name/,
    ],
    [['run', '--total', '10', '--every', '1', '--final', 'a/b', '--', 'true'], /can't be named "a\/b"/],
    [['run', '--total', '10', '--every', '1', '--final', 'checkpoint_5', '--', 'true'], /can't be named/],
    [['run', '--total', '10', '--every', '1', '--final', 'PROGRESS.txt', '--', 'true'], /can't be named/],
    [['run', '--total', '10', '--every', '1', '--name', '', '--', 'true'], /--name is empty/],
    [['run', '--total', '10', '--every', '1', '--unit', '', '--', 'true'], /--unit is empty/],
    [['run', '--unit', '', '--', 'true'], /--unit is empty/],
    [['walk'], /unknown command/],
    [['resume'], /missing required argument/],
  ])('%j is wrong usage: exit code 2, told without a stack trace', async (args, message) => {
    const ended = await home.milepost(args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test('with a name that is no file name does its batches; a merge given later needs a name of its own', async () => {
    const named = ['--name', 'runs/7', '--dir', 'out', '--total', '20', '--every', '10'];
    expect((await home.milepost(['run', ...named, '--', 'seq', '{start}', '{end}'])).code).toBe(0);
    expect((await home.milepost(['status', 'runs-7'])).stdout).toMatch(/State: +complete/);
    expect(await home.milepost(['resume', 'runs-7', '--merge', 'concat'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--final'),
    });
    expect((await home.milepost(['resume', 'runs-7', '--merge', 'concat', '--final', 'all'])).code).toBe(0);
  });

  test('in a folder that holds another job is refused, both shown, nothing touched', async () => {
    await home.milepost(['run', ...options, '--', 'seq', '{start}', '{end}']);
    const before = await read('out', '.milepost', 'job.json');
    const ended = await home.milepost(['run', ...options, '--', 'seq', '{start}', '{count}']);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('["seq","{start}","{end}"]');
    expect(ended.stderr).toContain('["seq","{start}","{count}"]');
    expect(await read('out', '.milepost', 'job.json')).toBe(before);
  });

  test('in a folder with somebody’s checkpoint files is refused', async () => {
    await mkdir(join(home.dir, 'out'));
    await writeFile(join(home.dir, 'out', 'checkpoint_00000.txt'), 'mine');
    const ended = await home.milepost(['run', ...options, '--', 'true']);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('no records of a job');
  });

  test('two jobs of one name get two IDs', async () => {
    for (const dir of ['a', 'b']) {
      await home.milepost([
        'run',
        '--name',
        'My Job!',
        '--dir',
        dir,
        '--total',
        '2',
        '--every',
        '1',
        '--',
        'true',
      ]);
    }
    const { jobs } = listAnswerSchema.parse(JSON.parse((await home.milepost(['list', '--json'])).stdout));
    expect(jobs.map(({ id, dir }) => [id, dir])).toEqual([
      ['my-job', join(home.dir, 'a')],
      ['my-job-2', join(home.dir, 'b')],
    ]);
  });
});
