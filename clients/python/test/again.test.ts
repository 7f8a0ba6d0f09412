import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePythonHome, type PythonHome } from './pythonHome.ts';

// Lines that are run again with what they made the first time, as in the cells of a notebook.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const run = async (lines: string) => {
  await home.write('gen.py', `import milepost\n${lines}`);
  return home.run(['gen.py']);
};
/** Each empty line is one that was typed; an error ends nothing there. */
const typed = (lines: string) =>
  home.run([], { flags: ['-i', '-q'], input: `import milepost, os, signal, sys\n${lines}\n` });

test('a job whose run is over goes on with the next batch, each once', async () => {
  const ended = await run(`
import time
milepost._LEFT_SECONDS = 0.1
job = milepost.Job("out", total=3, every=1)
for batch in job.batches():
    break
while milepost._open_runs:
    time.sleep(0.02)
old = batch
for batch in job.batches():
    try:
        job.save(old, b"x")
    except milepost.JobError as error:
        print(error.message)
    job.save(batch, b"x")
print(job.completed)
`);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(
    /^(?:The batch of items 0 to 0 is not the one that batches\(\) gave last\.\n){3}3\n$/,
  );
  expect(home.ledger('out').map(({ index, first }) => [index, first])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', completed: 3, runs: 2 });
});

test('a loop that nobody holds any more does not end the one that goes on', async () => {
  const ended = await run(`
job = milepost.Job("out", total=3, every=1)
first = job.batches()
next(first)
second = job.batches()
job.save(next(second), b"x")
del first
print(job._run.left)
for batch in second:
    job.save(batch, b"x")
`);
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: 'None\n' });
});

test('a result that is gone is merged again, by a run of its own', async () => {
  const ended = await run(`
import os
job = milepost.Job("out", total=1, final="all")
for batch in job.batches():
    job.save(batch, b"x")
for _ in range(2):
    os.remove(job.merge(milepost.concat))
print(os.path.getsize(job.merge(milepost.concat)), job.merge(milepost.concat))
`);
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: `1 ${home.dir}/out/all\n` });
  expect(home.runs('out').map(({ kind, run }) => `${kind} ${run}`)).toEqual(
    [1, 2, 3].flatMap((number) => [`start ${number}`, `end ${number}`]),
  );
});

test('a program that makes nothing of Ctrl-C goes through its next tracked loop', async () => {
  const ended = await run(`
import os, signal
try:
    for item in milepost.track([1]):
        os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print(list(milepost.track([2])))
`);
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: '[2]\n' });
});

describe('typed in, after Ctrl-C', () => {
  test('a job goes on when its loop is run again', async () => {
    const ended = await typed(`
job = milepost.Job("out", total=3, every=1)
def go(interrupted):
    for batch in job.batches():
        if interrupted: os.kill(os.getpid(), signal.SIGINT)
        job.save(batch, b"x")

go(True)
go(False)
print(job.completed)
`);
    expect(ended.stdout).toBe('3\n');
    expect(ended.stderr.match(/^KeyboardInterrupt$/gm)).toHaveLength(1);
    expect(home.runs('out')).toMatchObject([
      { kind: 'start' },
      { kind: 'end', outcome: 'interrupted', reason: 'ended by SIGINT' },
      { kind: 'start' },
      { kind: 'end', outcome: 'complete' },
    ]);
  });

  test('so do a training loop and a tracked one', async () => {
    const ended = await typed(`
def train(interrupted):
    for step in milepost.track(range(1, 4), dir="out"):
        if interrupted: os.kill(os.getpid(), signal.SIGINT)
        milepost.checkpoint(step, b"x", every=1, dir="out")

train(True)
train(False)
print(milepost.latest("out")[0])
`);
    expect(ended.stdout).toBe('3\n');
    expect(home.runs('out').filter(({ kind }) => kind === 'end')).toMatchObject([
      { outcome: 'interrupted', reason: 'ended by SIGINT' },
      { outcome: 'complete' },
    ]);
  });
});
