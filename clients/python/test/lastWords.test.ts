import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { atBatch, GATED, makePythonHome, type PythonHome } from './pythonHome.ts';

// A run's end where its records can't be written as they should be: PROGRESS.txt's place is taken by a folder.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const TAKEN = 'os.remove("out/PROGRESS.txt"); os.mkdir("out/PROGRESS.txt")';
const SAID = /^milepost: Could not write .*\/out\/PROGRESS\.txt: it is a folder \(EISDIR\)$/m;
const ends = (folder: string) => home.runs(folder).filter(({ kind }) => kind === 'end');

describe('where PROGRESS.txt can not be written', () => {
  test.each([
    [
      'in a with block',
      'with job:\n    for batch in job.batches():\n        TAKEN\n        raise ValueError("mine")',
    ],
    [
      'in a merge',
      `for batch in job.batches(): job.save(batch, b"x")
def write(inputs, output):
    TAKEN
    raise ValueError("mine")
job.merge(write)`,
    ],
  ])('an error of the program %s is shown as ever', async (_, body) => {
    await home.write(
      'gen.py',
      `import os, milepost\njob = milepost.Job("out", total=1, final="all")\n${body.replace('TAKEN', TAKEN)}\n`,
    );
    const ended = await home.run(['gen.py']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(SAID);
    expect(ended.stderr).toMatch(/^Traceback[\s\S]*ValueError: mine\n$/m);
    expect(ends('out')).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('ValueError: mine') },
    ]);
  });

  test('`milepost stop --now` ends a program that hangs all the same', async () => {
    await home.write(
      'gen.py',
      `import os, milepost\nmilepost._GRACE_SECONDS = 0.5\n${GATED.replace(
        'while batch.start >= gate():',
        `${TAKEN}\n    while [signal.pthread_sigmask(signal.SIG_BLOCK, [1, 2, 15, signal.SIGURG]), threading.Event().wait()]:`,
      ).replace('import os', 'import signal, threading, os')}`,
    );
    const program = home.start(['gen.py']);
    await atBatch(home, 0);
    await waitFor('the folder', () => readFileSync(join(home.dir, 'started'), 'utf8'));
    await home.agent.milepost(['stop', 'out', '--now']);
    expect(await program.ended).toMatchObject({ code: 5, stdout: '' });
    expect(ends('out')).toMatchObject([{ outcome: 'stopped' }]);
  });

  test('a tracked loop goes on unshown, and its run never reads complete', async () => {
    await home.write(
      'loop.py',
      `import os, milepost\nos.makedirs("out/PROGRESS.txt")\nprint(list(milepost.track([1, 2], dir="out")), len(milepost._open_runs))\n`,
    );
    const ended = await home.run(['loop.py']);
    expect(ended).toMatchObject({ code: 0, stdout: '[1, 2] 0\n' });
    expect(ended.stderr).toContain('The progress of this loop is not shown.');
    expect(ends('out')).toMatchObject([
      { outcome: 'failed', reason: expect.stringMatching(/^Could not write .*PROGRESS\.txt/) },
    ]);
  });
});

test.each([
  ['a job', 'for batch in milepost.Job("out", total=1).batches(): pass', 1],
  ['a tracked loop', 'for item in milepost.track([1], dir="out"): pass', 0],
])('%s that fails right behind its first record is told as failed, not as killed', async (_, body, code) => {
  await home.write('gen.py', `import milepost\n${body}\n`);
  const marker = join(home.dir, 'out', '.milepost', 'scratch', 'program');
  const ended = await home.run(['gen.py'], {
    through: [
      ...['strace', '-qq', '-o', join(home.dir, 'log'), '-P', marker],
      ...['-e', 'trace=openat', '-e', 'inject=openat:error=EIO:when=1'],
    ],
  });
  expect(ended.stderr).toMatch(/\(EIO\)/);
  expect(ended.code).toBe(code);
  expect(home.runs('out')).toMatchObject([{ kind: 'start' }, { kind: 'end', outcome: 'failed' }]);
  expect(await home.agent.progress('out')).toMatchObject({ status: 'failed' });
});

test.each([
  ['a job', 'for batch in milepost.Job("out", total=1).batches(): pass'],
  ['a tracked loop', 'for item in milepost.track([1], dir="out"): pass'],
])('%s that gets SIGTERM right behind its first record was ended by that', async (_, body) => {
  const early = 'milepost._Run.begin = lambda self: os.kill(os.getpid(), signal.SIGTERM)';
  await home.write('gen.py', `import os, signal, milepost\n${early}\n${body}\n`);
  expect(await home.run(['gen.py'])).toMatchObject({ code: 143, stderr: '' });
  expect(ends('out')).toMatchObject([{ outcome: 'interrupted', reason: 'ended by SIGTERM' }]);
});
