import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planAnswerSchema } from '@milepost/shared/answers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { distrust } from '../src/trust.ts';
import { type AgentHome, makeAgentHome, numbers } from './agent.ts';

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

const read = (...path: string[]) => readFile(join(home.dir, ...path), 'utf8');
const run = (...more: string[]) => [
  ...[
    'run',
    '--name',
    'numbers',
    '--dir',
    'out',
    '--total',
    '300',
    '--every',
    '100',
    '--ext',
    '.txt',
    ...more,
    '--',
  ],
  ...['sh', '-c', 'seq {start} $(({end} - 1))'],
];

describe('a resume that changes the job', () => {
  test('a larger total goes on behind the old end, and the result has all', async () => {
    await home.milepost(run('--merge', 'concat'));
    expect((await home.milepost(['resume', 'numbers', '--total', '450'])).code).toBe(0);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 450));
    expect(await home.checkpoints('out')).toHaveLength(5);
    expect(await home.milepost(['resume', 'numbers', '--total', '100'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("can't be made smaller"),
    });
  });

  test('a merge and a name can be given later', async () => {
    await home.milepost(run());
    expect((await home.milepost(['resume', 'numbers', '--merge', 'concat', '--final', 'all.txt'])).code).toBe(
      0,
    );
    expect(await read('out', 'all.txt')).toBe(numbers(0, 300));
  });

  test('another command is refused with both shown, and taken with --force', async () => {
    await home.milepost(run());
    const changed = ['--', 'sh', '-c', 'echo changed {start}'];
    const refused = await home.milepost(['resume', 'numbers', '--total', '400', ...changed]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('seq {start}');
    expect(refused.stderr).toContain('echo changed {start}');
    expect((await home.milepost(['resume', 'numbers', '--total', '400', '--force', ...changed])).code).toBe(
      0,
    );
    expect(await read('out', 'checkpoint_00300.txt')).toBe('changed 300\n');
    expect(await read('out', 'checkpoint_00200.txt')).toBe(numbers(200, 100));
  });

  test('detached takes the same changes', async () => {
    await home.milepost(run('--merge', 'concat'));
    const ended = await home.milepost(['resume', 'numbers', '--total', '400', '--detach', '--json']);
    expect(JSON.parse(ended.stdout)).toMatchObject({ id: 'numbers', run: 2, alreadyComplete: false });
  });
});

describe('what a target means', () => {
  test('where an ID and a folder of that name are two jobs, it is refused with both named', async () => {
    await home.milepost(run());
    await home.milepost([
      'run',
      '--name',
      'other',
      '--dir',
      'numbers',
      '--total',
      '1',
      '--every',
      '1',
      '--',
      'true',
    ]);
    const ended = await home.milepost(['resume', 'numbers']);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain(join(home.dir, 'numbers'));
    expect(ended.stderr).toContain(join(home.dir, 'out'));
    expect((await home.milepost(['resume', './numbers'])).code).toBe(0);
  });

  test('a folder that was moved goes on where it is, and the list follows it', async () => {
    await home.milepost(run());
    await rename(join(home.dir, 'out'), join(home.dir, 'moved'));
    expect((await home.milepost(['resume', 'moved', '--total', '400'])).code).toBe(0);
    expect(await home.checkpoints('moved')).toHaveLength(4);
    expect((await home.milepost(['list'])).stdout).toContain(join(home.dir, 'moved'));
  });
});

describe('adopting files of an earlier script', () => {
  test('takes over what their names say, and goes on behind them', async () => {
    await mkdir(join(home.dir, 'out'));
    await writeFile(join(home.dir, 'out', 'checkpoint_00000.txt'), numbers(0, 100));
    await writeFile(join(home.dir, 'out', 'checkpoint_00100.txt'), numbers(100, 100));
    expect((await home.milepost(run('--merge', 'concat'))).stderr).toContain('--adopt');
    expect((await home.milepost(run('--merge', 'concat', '--adopt'))).code).toBe(0);
    expect(await read('out', 'numbers.txt')).toBe(numbers(0, 300));
    expect((await home.milepost(['verify', 'numbers'])).code).toBe(0);
  });

  test('is refused where a beginning is missing, and nothing is touched', async () => {
    await mkdir(join(home.dir, 'out'));
    await writeFile(join(home.dir, 'out', 'checkpoint_00100.txt'), 'x');
    const ended = await home.milepost(run('--adopt'));
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('does not begin at item 0');
    expect(await home.checkpoints('out')).toEqual(['checkpoint_00100.txt']);
  });
});

describe('trust', () => {
  const me = { uid: 1000, gid: 1000 };
  test.each([
    [{ uid: 1000, gid: 1000, mode: 0o700 }, undefined],
    [{ uid: 1000, gid: 1000, mode: 0o775 }, undefined],
    [{ uid: 1000, gid: 50, mode: 0o755 }, undefined],
    [{ uid: 1000, gid: 50, mode: 0o775 }, /the group 50 may write/],
    [{ uid: 1000, gid: 1000, mode: 0o777 }, /everybody may write/],
    [{ uid: 1001, gid: 1000, mode: 0o700 }, /belongs to another user \(uid 1001\)/],
    [{ uid: 0, gid: 0, mode: 0o755 }, /belongs to another user/],
  ])('%j', (owner, reason) => {
    if (reason === undefined) expect(distrust('/x', owner, me)).toBeUndefined();
    else expect(distrust('/x', owner, me)).toMatch(reason);
  });

  test('a folder that everybody may write is refused until --trust, also in a plan', async () => {
    await home.milepost(run());
    await chmod(join(home.dir, 'out'), 0o777);
    const plan = await home.milepost(['resume', 'numbers', '--plan', '--json']);
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout)).refused).toContain('everybody may write');
    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({ code: 4 });
    expect(await home.milepost(['resume', 'numbers', '--trust'])).toMatchObject({ code: 0 });
  });
});
