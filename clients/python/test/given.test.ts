import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePythonHome, type PythonHome } from './pythonHome.ts';

// What a program gives: numbers of numpy's, options that make no sense, variables that a resume needs.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

async function run(source: string, options = {}) {
  await home.write('gen.py', `import milepost\n${source}`);
  return home.run(['gen.py'], options);
}

describe('numbers', () => {
  test('may be those of numpy: steps, totals and cadences', async () => {
    const ended = await run(`
import numpy
for step in numpy.arange(1, 4):
    milepost.checkpoint(step, b"x", every=numpy.int64(1), total=numpy.int64(3), keep=numpy.int64(2), dir="t")
job = milepost.Job("out", total=numpy.int64(4), every=numpy.int64(2))
for batch in job.batches():
    job.save(batch, b"x")
`);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(home.ledger('t').map(({ count }) => count)).toEqual([1, 2, 3]);
    expect(home.ledger('out')).toHaveLength(2);
  });

  test('a total that is no number is none for a tracked loop, which goes on all the same', async () => {
    const ended = await run(`
import numpy
def first(total, dir):
    for item in milepost.track(iter([1, 2]), total=total, dir=dir):
        line = open(dir + "/PROGRESS.txt").readline().strip()
        break
    return line
print(first(numpy.int64(2), "a"), first(1.5, "b"), first("2", "c"), first(float("nan"), "d"), sep=", ")
class Long:
    def __len__(self): raise NotImplementedError
    def __iter__(self): return iter([1])
print(list(milepost.track(Long())), next(milepost.track(range(10 ** 20))))
`);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.split('\n')[0]).toBe(
      'Progress: 0/2 (0.0%), Progress: 0/2 (0.0%), Progress: 0, Progress: 0',
    );
    expect(ended.stdout.split('\n')[1]).toBe('[1] 0');
  });
});

describe('options', () => {
  test.each([
    ['keep=0', /^milepost: keep takes a whole number, 1 or more, and not 0\.\n$/],
    ['ext="../x"', /^milepost: ext takes a file extension such as \.npz, and not "\.\.\/x"\.\n$/],
    ['total=0', /^milepost: total takes a whole number, 1 or more, and not 0\.\n$/],
    ['every="soon"', /^milepost: every: "soon" is neither a whole number of items/],
  ])('of a checkpoint that make no sense are refused at its first step: %s', async (option, pattern) => {
    // Not when it is due: then hours of work would be lost by it.
    const ended = await run(`milepost.checkpoint(1, lambda path: None, dir="t", ${option})`);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(pattern) });
    expect(existsSync(join(home.dir, 't'))).toBe(false);
  });

  test('what can not write is told at once, by the name of what was called', async () => {
    const ended = await run('milepost.checkpoint(1, {"state": 1}, dir="t")');
    expect(ended.stderr).toMatch(
      /^TypeError: write takes bytes or a function that writes to a path, and not dict$/m,
    );
    expect(existsSync(join(home.dir, 't'))).toBe(false);
  });

  test.each([
    ['unit=5', 'unit takes a text, and not 5.'],
    ['name=pathlib.Path("x")', "name takes a text, and not PosixPath('x')."],
    ['ext=None', 'ext takes a file extension such as .npz, and not None.'],
    ['final=pathlib.Path("x")', "The result can't be named PosixPath('x')."],
  ])('what no record may hold is refused before there is one: %s', async (option, message) => {
    // It could never be read again, and nobody could go on with the job.
    const ended = await run(
      `import pathlib\nfor b in milepost.Job("out", total=1, ${option}).batches(): pass`,
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr.split('\n')[0]).toBe(`milepost: ${message}`);
    expect(existsSync(join(home.dir, 'out'))).toBe(false);
    if (option.startsWith('final')) return;
    const state = await run(`import pathlib\nmilepost.checkpoint(1, b"x", dir="out", ${option})`);
    expect(state).toMatchObject({ code: 1, stderr: `milepost: ${message}\n` });
    expect(existsSync(join(home.dir, 'out'))).toBe(false);
  });

  test('one name of a variable is no list of its letters', async () => {
    expect(await run('milepost.Job("out", total=1, env="MODE")')).toMatchObject({
      code: 1,
      stderr: 'milepost: env takes a list of names, such as ["MODE"].\n',
    });
  });

  test('a variable that is asked for later is kept from then on', async () => {
    const source = (env: string) => `next(milepost.Job("out", total=1${env}).batches())\nraise SystemExit(3)`;
    const kept = () => home.record('out').surroundings.env;
    const env = { MODE: 'a', MY_KEY: 'b', OMP_NUM_THREADS: '1' };
    expect((await run(source(''), { env })).code).toBe(3);
    expect(kept()).not.toHaveProperty('MODE');
    expect(
      (await run(source(', env=["MODE", "MY_KEY", "NOT_SET"]'), { env: { ...env, OMP_NUM_THREADS: '8' } }))
        .code,
    ).toBe(3);
    expect(kept()).toMatchObject({ MODE: 'a', MY_KEY: 'b', OMP_NUM_THREADS: '1' });
    // It is not set where it is resumed: what was kept stays.
    expect((await run(source(', env=["MODE", "MY_KEY"]'), { env: { MODE: 'c' } })).code).toBe(3);
    expect(kept()).toMatchObject({ MODE: 'c', MY_KEY: 'b' });
  });
});

test('a folder that others may write is refused with what helps there: no option does', async () => {
  const step = 'print(milepost.latest("t")); milepost.checkpoint(1, b"x", now=True, dir="t")';
  await run(step);
  await chmod(join(home.dir, 't'), 0o777);
  const ended = await run(step);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(
    /^milepost: everybody may write .*\/t, and what is in its records would be believed\. Nothing was changed\.\nIf that is not meant: chmod o-w .*\/t\n$/,
  );
  await chmod(join(home.dir, 't'), 0o755);
  expect(await run(step)).toMatchObject({ code: 0 });
});

test('a loop goes on where nothing can be told, not even that', async () => {
  await home.write('gen.py', 'import milepost\nprint(list(milepost.track([1, 2], dir="gen.py")))');
  const told = await home.run(['gen.py']);
  expect(told).toMatchObject({ code: 0, stdout: '[1, 2]\n' });
  expect(told.stderr).toMatch(/^milepost: Could not .* The progress of this loop is not shown\.\n$/);
  const mute = await home.run(['gen.py'], { through: ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh'] });
  expect(mute.stdout).toBe('[1, 2]\n');
  const odd = await run('print(list(milepost.track([1, 2], dir=5)))');
  expect(odd).toMatchObject({ code: 0, stdout: '[1, 2]\n' });
  expect(odd.stderr).toMatch(/^milepost: TypeError: .* The progress of this loop is not shown\.\n$/);
});

test('a pid that no process can have is none', async () => {
  const source = 'for b in milepost.Job("out", total=1).batches(): __import__("os")._exit(9)';
  expect((await run(source)).code).toBe(9);
  const attempt = join(home.dir, 'out', '.milepost', 'scratch', '0-1-x');
  await mkdir(attempt);
  await home.write('out/.milepost/scratch/0-1-x/pid', '99999999999999 (x) S 1');
  expect(await run(source)).toMatchObject({ code: 9, stderr: '' });
  expect(await readdir(join(home.dir, 'out', '.milepost', 'scratch'))).not.toContain('0-1-x');
});

test('without file locks, as on Windows, that is said', async () => {
  await home.write(
    'gen.py',
    `
import os, sys
sys.modules["fcntl"] = None
del os.O_CLOEXEC, os.getuid
import milepost
print(list(milepost.track([1, 2])))
for batch in milepost.Job("out", total=1).batches(): pass
`,
  );
  const said = /Milepost's jobs need a system with file locks as Linux and macOS have them\./;
  const ended = await home.run(['gen.py']);
  expect(ended).toMatchObject({ code: 1, stdout: '[1, 2]\n' });
  expect(ended.stderr.split('\n').filter((line) => said.test(line))).toHaveLength(2);
  expect(existsSync(join(home.dir, 'out'))).toBe(false);
});
