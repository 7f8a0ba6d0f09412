import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { numbers } from '../../../apps/agent/test/agent.ts';
import { treeOf } from '../../../apps/agent/test/tree.ts';
import {
  atBatch,
  CLIENT,
  GATED,
  makePythonHome,
  type PythonHome,
  pythons,
  startedBatches,
} from './pythonHome.ts';

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const path = (...names: string[]) => join(home.dir, 'out', ...names);

describe('a job that a Python program runs by itself', () => {
  test.each(pythons())('saves its batches, merges them and shows in the list: %s', async (python) => {
    const program = await home.write('gen.py', GATED);
    await home.open(300);
    const ended = await home.run([program], { python, flags: ['-W', 'error'] });
    expect(ended).toMatchObject({ code: 0, stderr: '', stdout: `merged ${path('numbers.txt')}\n` });
    expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(await home.agent.checkpoints('out')).toEqual([
      'checkpoint_00000.txt',
      'checkpoint_00100.txt',
      'checkpoint_00200.txt',
    ]);
    expect(home.ledger('out')).toMatchObject([
      { index: 0, first: 0, count: 100, attempt: 1 },
      { index: 1, first: 100, count: 100, attempt: 1 },
      { index: 2, first: 200, count: 100, attempt: 1 },
    ]);
    expect(home.runs('out')).toMatchObject([
      { kind: 'start', run: 1 },
      { kind: 'end', outcome: 'complete' },
    ]);
    expect(await home.agent.progress('out')).toMatchObject({
      status: 'complete',
      completed: 300,
      total: 300,
      unit: 'numbers',
      job: 'out',
      runs: 1,
      problem: null,
    });
    expect((await home.agent.milepost(['list'])).stdout).toMatch(/^out +complete +300\/300 numbers/m);
    expect(await home.agent.milepost(['verify', 'out'])).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(path('.milepost', 'job.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(path('.milepost', 'scratch'))).toEqual([]);
  });

  test('changes nothing when it is complete', async () => {
    const program = await home.write('gen.py', GATED);
    await home.open(300);
    await home.run([program]);
    const leaveOut = ['.milepost/lock', '.milepost/reserve'];
    const before = await treeOf(path(), leaveOut);
    expect(await home.run([program])).toMatchObject({ code: 0, stdout: `merged ${path('numbers.txt')}\n` });
    expect(await treeOf(path(), leaveOut)).toEqual(before);
    expect(startedBatches(home)).toHaveLength(3);
  });

  test('goes on behind its last checkpoint after a kill, and counts its runs and its time', async () => {
    const program = await home.write('gen.py', GATED);
    const killed = home.start([program]);
    await home.open(100);
    await atBatch(home, 100);
    expect(await home.agent.progress('out')).toMatchObject({ status: 'running', completed: 0 });
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    expect((await home.agent.milepost(['status', 'out'])).stdout).toMatch(/interrupted/);
    expect(home.runs('out')).toHaveLength(1);

    await home.open(300);
    expect(await home.run([program])).toMatchObject({ code: 0, stderr: '' });
    expect(startedBatches(home).map(({ first }) => first)).toEqual([0, 100, 100, 200]);
    expect(home.ledger('out').map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', runs: 2 });
  });

  test('does a damaged batch again with its own first and count, and sets strangers aside', async () => {
    const program = await home.write('gen.py', GATED);
    const killed = home.start([program]);
    await home.open(200);
    await atBatch(home, 200);
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    truncateSync(path('checkpoint_00000.txt'), 10);
    await writeFile(path('checkpoint_00777.txt'), 'nobody knows');
    // An append that a crash cut off.
    await appendFile(path('.milepost', 'ledger.jsonl'), '{"version":1,"index":7');

    await home.open(300);
    const ended = await home.run([program]);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/checkpoint_00000\.txt is 280 bytes short: items 0 to 99 are done again/);
    expect(ended.stderr).toMatch(/checkpoint_00777\.txt is not in the ledger: moved to/);
    expect(startedBatches(home).map(({ first }) => first)).toEqual([0, 100, 200, 0, 200]);
    expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(readdirSync(path('.milepost', 'orphans')).sort()).toEqual([
      'checkpoint_00000.txt',
      'checkpoint_00777.txt',
    ]);
    expect(home.ledger('out').map(({ index, first }) => [index, first])).toEqual([
      [0, 0],
      [1, 100],
      [2, 0],
      [3, 200],
    ]);
  });

  test('takes a larger total, and only does what is new', async () => {
    const source = (total: number) => GATED.replace('total=300', `total=${total}`);
    const program = await home.write('gen.py', source(300));
    await home.open(1000);
    await home.run([program]);
    await home.write('gen.py', source(350));
    expect(await home.run([program])).toMatchObject({ code: 0, stderr: '' });
    expect(startedBatches(home).map(({ first }) => first)).toEqual([0, 100, 200, 300]);
    expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 350));
    expect(home.record('out').total).toBe(350);

    await home.write('gen.py', source(340));
    const smaller = await home.run([program]);
    expect(smaller).toMatchObject({ code: 1, stdout: '' });
    expect(smaller.stderr).toMatch(
      /^milepost: out in .*\/out has a total of 350, and can't be made smaller: 340/,
    );
    expect(smaller.stderr).not.toContain('Traceback');
  });

  test('saves folders, files that numpy writes, and what is in memory', async () => {
    await home.write(
      'gen.py',
      `
import os, numpy, milepost
def folder(path):
    os.makedirs(os.path.join(path, "deep"))
    open(os.path.join(path, "deep", "a"), "w").write("a")
    open(os.path.join(path, "b"), "w").write("b")

job = milepost.Job("folders", total=2, every=1)
for batch in job.batches():
    job.save(batch, folder)
job = milepost.Job("arrays", total=2, every=1, ext="npz", name="Müller's arrays")
with job:
    for batch in job.batches():
        rows = numpy.arange(batch.start, batch.end)
        job.save(batch, lambda path: numpy.savez(path, rows))
print(job.id, job.completed)
`,
    );
    expect(await home.run(['gen.py'])).toMatchObject({ code: 0, stderr: '', stdout: 'mu-ller-s-arrays 2\n' });
    expect(await readFile(join(home.dir, 'folders/checkpoint_00001/deep/a'), 'utf8')).toBe('a');
    for (const name of ['folders', 'arrays']) {
      expect(await home.agent.milepost(['verify', `./${name}`])).toMatchObject({ code: 0, stderr: '' });
      expect(await home.agent.progress(name)).toMatchObject({ status: 'complete', completed: 2 });
    }
  });

  test('sizes its batches by time, and reports what is in flight', async () => {
    await home.write(
      'gen.py',
      `
import time, milepost
milepost._SHORTEST_SECONDS = 0.05
job = milepost.Job("out", total=200, every="0.2s", ext=".txt")
seen = set()
for batch in job.batches():
    for done, item in enumerate(batch):
        job.progress(done)
        time.sleep(0.004)
    for line in open("out/PROGRESS.txt"):
        seen.add(line.partition(":")[0])
    job.save(batch, b"x")
print(*sorted(seen), sep=",")
`,
    );
    const ended = await home.run(['gen.py'], { env: { MILEPOST_PROGRESS: join(home.dir, 'told') } });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/At risk,.*ETA,.*In flight,/);
    const counts = home.ledger('out').map(({ count }) => count);
    expect(counts[0]).toBe(1);
    expect(counts.length).toBeLessThan(60);
    expect(Math.max(...counts)).toBeGreaterThan(8);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(await readFile(join(home.dir, 'told'), 'utf8')).toBe('200/200');
  });

  test('is a job of its own in a copied folder', async () => {
    const program = await home.write('gen.py', GATED);
    await home.open(300);
    await home.run([program]);
    await cp(path(), join(home.dir, 'copy'), { recursive: true });
    await home.write('copy.py', GATED.replace('"out", total=300', '"copy", name="out", total=300'));
    await rm(join(home.dir, 'copy', 'checkpoint_00000.txt'));
    const ended = await home.run(['copy.py']);
    expect(ended.stderr).toMatch(/copy holds a different job \(out\).*force=True/s);
    await home.write(
      'copy.py',
      GATED.replace('"out", total=300', '"copy", name="out", force=True, total=300'),
    );
    const again = await home.run(['copy.py']);
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/This folder is a copy of .*out, whose job stays out/);
    expect(home.record('copy').uid).not.toBe(home.record('out').uid);
    expect((await home.agent.milepost(['list'])).stdout).toMatch(/^out-2 +complete/m);
  });
});

describe('the command in its records starts the program again', () => {
  const source = `
import sys, milepost
job = milepost.Job("out", total=3, every=1)
for batch in job.batches():
    if batch.start == 1 and "go" not in open("gate").read():
        sys.exit(9)
    job.save(batch, b"x")
print(sys.argv[1:], sys.flags.dont_write_bytecode, sys.flags.utf8_mode, __name__)
`;
  const ways = [
    { name: 'a script, by a relative path', args: ['sub/gen.py', '--x', 'a b'] },
    { name: 'a module', args: ['-m', 'sub.gen', '--x'] },
    { name: 'a package', args: ['-m', 'pack', 'y'] },
    { name: 'a module behind joined options', args: ['-um', 'sub.gen', '-m'] },
    { name: 'a text', args: ['-c', source, '-v'] },
    { name: 'a text behind joined options', args: ['-Bc', source, '-c', 'x'] },
    { name: 'a folder', args: ['-B', 'pack/', 'y'] },
    { name: 'a zip file', args: ['app.pyz', '--x'] },
    { name: 'a script with options of Python', args: ['-X', 'utf8', '-B', 'sub/gen.py', '1'] },
    { name: 'a script through a changed folder', args: ['sub/elsewhere.py'] },
  ];

  test.each(ways.flatMap((way) => pythons().map((python) => ({ ...way, python }))))(
    '$name ($python)',
    async ({ args, python }) => {
      for (const folder of ['sub', 'pack']) await mkdir(join(home.dir, folder));
      await home.write('sub/gen.py', source);
      await home.write('pack/__init__.py', '');
      await home.write('pack/__main__.py', source);
      expect((await home.run(['-m', 'zipapp', 'pack', '-o', 'app.pyz'])).code).toBe(0);
      // The folder that counts is the one that the program was started in.
      const target = `milepost.Job(${JSON.stringify(path())}`;
      const changing = source
        .replace(
          'import sys, milepost',
          'import sys, milepost, os; gate = os.path.abspath("gate"); os.chdir("/")',
        )
        .replace('milepost.Job("out"', target)
        .replace('open("gate")', 'open(gate)');
      await home.write('sub/elsewhere.py', changing);
      expect((await home.run(args, { python })).code).toBe(9);
      const { command, surroundings } = home.record('out');
      await writeFile(join(home.dir, 'gate'), 'go');
      const [program = '', ...rest] = command;
      const again = await home.run(rest, {
        python: program,
        cwd: '/',
        through: ['sh', '-c', 'cd "$0" && exec "$@"', surroundings.cwd],
      });
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toMatch(/__main__\n$/);
      expect(home.runs('out').at(-1)).toMatchObject({ run: 2, outcome: 'complete' });
    },
  );

  test('but not where it was typed in: then it says so', async () => {
    const ended = await home.run([], {
      input: 'import milepost\nfor b in milepost.Job("out", total=1).batches(): raise SystemExit(3)\n',
    });
    expect(ended.code).toBe(3);
    const [program = '', ...rest] = home.record('out').command;
    expect(await home.run(rest, { python: program })).toMatchObject({
      code: 4,
      stderr:
        'This job was started by hand in an interactive Python, so only that can go on with it: run its lines again there.\n',
    });
    const secret = await home.run(
      ['-c', 'import milepost; next(milepost.Job("o2", total=1, env=["MY_KEY"]).batches())'],
      {
        env: { MY_KEY: 'asked for', AWS_SECRET: 'never', PYTHON_TOKEN: 'never' },
      },
    );
    expect(secret.code).toBe(0);
    expect(home.record('o2').surroundings.env).toMatchObject({ MY_KEY: 'asked for', PYTHONPATH: CLIENT });
    expect(JSON.stringify(home.record('o2'))).not.toContain('never');
  });
});

describe('typed into an interactive Python', () => {
  const session = (lines: string) => home.run([], { input: `import milepost\n${lines}` });

  test('a job whose lines are run again goes on with what is saved', async () => {
    const ended = await session(`
first = milepost.Job("out", total=3, every=1)
batches = first.batches()
first.save(next(batches), b"0")
left = next(batches)
again = milepost.Job("out", total=3, every=1)
for batch in again.batches():
    again.save(batch, b"x")
print(again.completed)
`);
    expect(ended).toMatchObject({ code: 0, stdout: '3\n', stderr: '' });
    expect(home.runs('out')).toMatchObject([
      { kind: 'start', run: 1 },
      { kind: 'end', run: 1, outcome: 'interrupted', reason: 'started again in the same Python' },
      { kind: 'start', run: 2 },
      { kind: 'end', run: 2, outcome: 'complete' },
    ]);
    expect(home.ledger('out').map(({ first }) => first)).toEqual([0, 1, 2]);
  });

  test('a tracked loop is complete at its end, since the program has none', async () => {
    const ended = await session(`
print(sum(milepost.track(range(5))))
print(open("milepost-python/PROGRESS.txt").read().count("COMPLETE"))
print(sum(milepost.track(range(6))))
`);
    expect(ended).toMatchObject({ code: 0, stdout: '10\n1\n15\n', stderr: '' });
    expect(home.runs('milepost-python')).toHaveLength(4);
  });

  test('a loop that was left without an end is over after a while', async () => {
    const ended = await session(`
import time
milepost._LEFT_SECONDS = 0.2
for batch in milepost.Job("out", total=3, every=1).batches():
    break
while milepost._open_runs:
    time.sleep(0.02)
`);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(home.runs('out').at(-1)).toMatchObject({
      outcome: 'interrupted',
      reason: 'the loop over its batches was left before all was done',
    });
  });
});
