import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ended } from '../../../apps/agent/test/agent.ts';
import { numbers } from '../../../apps/agent/test/agent.ts';
import { atBatch, GATED, makePythonHome, type PythonHome, startedBatches } from './pythonHome.ts';

// What somebody removes while a job runs: never made again in silence, never taken as done.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const path = (...names: string[]) => join(home.dir, 'out', ...names);
const remove = (...names: string[]) => rm(path(...names), { recursive: true });
const lastEnd = () => home.runs('out').findLast((record) => record.kind === 'end');
const begun = () => startedBatches(home).map(({ first }) => first);
const WORDS =
  /^milepost: Could not append to .*\.jsonl: it was removed, moved or replaced while the job ran$/m;

/** Without its merge: the checkpoints are the result. */
const UNMERGED = GATED.replace(', final="numbers.txt"', '').replace(/^print.*$/m, 'print("all there")');

/** Starts a program that has saved its first batch and waits in its second. */
async function startHeld(source: string) {
  await home.write('gen.py', source);
  const program = home.start(['gen.py']);
  await home.open(100);
  await atBatch(home, 100);
  return program;
}

function expectRefused(ended: Ended): void {
  expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(WORDS) });
  expect(ended.stderr).not.toContain('Traceback');
}

describe.each([
  ['with a merge', GATED],
  ['without one', UNMERGED],
])('a job in batches, %s,', (_, source) => {
  test('whose folder is removed fails, and the folder stays away', async () => {
    const program = await startHeld(source);
    await remove();
    await home.open(300);
    expectRefused(await program.ended);
    expect(existsSync(path())).toBe(false);
    expect(begun()).toEqual([0, 100]);
  });

  test('whose records are removed fails, and no new ones are made', async () => {
    const program = await startHeld(source);
    await remove('.milepost');
    await home.open(300);
    expectRefused(await program.ended);
    expect(readdirSync(path()).sort()).toEqual(['PROGRESS.txt', 'checkpoint_00000.txt']);
    expect(await home.agent.progress('out')).toMatchObject({
      status: 'failed',
      completed: 100,
      message: expect.stringMatching(/ledger\.jsonl: it was removed, moved or replaced while the job ran$/),
    });
  });

  test('whose folder is removed behind its last batch is not complete', async () => {
    await home.open(300);
    await home.write(
      'gen.py',
      source.replace(
        /^( {4}job\.save.*)$/m,
        '$1\n    if batch.end == 300: __import__("shutil").rmtree("out")',
      ),
    );
    expectRefused(await home.run(['gen.py']));
    expect(existsSync(path())).toBe(false);
  });

  test.each(['ledger.jsonl', 'runs.jsonl'])(
    'whose %s is removed has failed by all that is left',
    async (name) => {
      const program = await startHeld(source);
      await remove('.milepost', name);
      await home.open(300);
      expectRefused(await program.ended);
      expect(existsSync(path('.milepost', name))).toBe(false);
      expect(await home.agent.progress('out')).toMatchObject({ status: 'failed', completed: 100 });
      if (name === 'ledger.jsonl') expect(lastEnd()).toMatchObject({ outcome: 'failed' });
    },
  );

  test.each([
    ['gone', () => remove('checkpoint_00000.txt'), 'is gone'],
    ['of another size', () => appendFile(path('checkpoint_00000.txt'), 'xy'), 'is 2 bytes too long'],
  ])('does a checkpoint that is %s again in the same run', async (_, spoil, reason) => {
    const program = await startHeld(source);
    await spoil();
    await home.open(300);
    expect(await program.ended).toMatchObject({
      code: 0,
      stderr: `milepost: checkpoint_00000.txt ${reason}: items 0 to 99 are done again.\n`,
    });
    expect(begun()).toEqual([0, 100, 200, 0]);
    const whole = source === GATED ? ['numbers.txt'] : await home.agent.checkpoints('out');
    expect(whole.map((name) => readFileSync(path(name), 'utf8')).join('')).toBe(numbers(0, 300));
    expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', completed: 300 });
    expect(home.runs('out')).toMatchObject([{ kind: 'start' }, { kind: 'end', outcome: 'complete' }]);
    expect((await home.agent.milepost(['verify', 'out'])).code).toBe(0);
  });

  test('does what is no more in its ledger again', async () => {
    const program = await startHeld(source);
    // In place: the file is still the one that the run appends to.
    await truncate(path('.milepost', 'ledger.jsonl'), 0);
    await home.open(300);
    expect(await program.ended).toMatchObject({
      code: 0,
      stderr: 'milepost: The ledger was changed: items 0 to 99 are done again.\n',
    });
    expect(begun()).toEqual([0, 100, 200, 0]);
    expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', completed: 300 });
  });

  test('is refused where the same checkpoint goes away again and again', async () => {
    await home.open(300);
    await home.write(
      'gen.py',
      source.replace(
        /^( {4}job\.save.*)$/m,
        '$1\n    if batch.start == 100: os.remove(job.dir + "/checkpoint_00100.txt")',
      ),
    );
    const ended = await home.run(['gen.py']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^milepost: checkpoint_00100\.txt is gone, although items 100 to 199 were done again in this run\.$/m,
    );
    expect(begun()).toEqual([0, 100, 200, 100]);
    expect(await home.agent.progress('out')).toMatchObject({ status: 'failed', completed: 300 });
  });
});

test('a folder that was moved away is gone on with where it is now', async () => {
  const program = await startHeld(GATED);
  await rename(path(), join(home.dir, 'moved'));
  await home.open(300);
  expectRefused(await program.ended);
  expect(existsSync(path())).toBe(false);
  await rename(join(home.dir, 'moved'), path());
  expect(await home.run(['gen.py'])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
  expect(begun()).toEqual([0, 100, 100, 200]);
});

test.each(['ends', 'saves'])(
  'a job that another program has begun in the same place is not touched by one that %s',
  async (what) => {
    const first = await startHeld(GATED);
    await remove();
    const second = home.start(['gen.py']);
    await waitFor('the second to wait, too', () => begun().length === 4);
    await waitFor('its progress', async () => (await home.agent.progress('out'))?.completed === 100);
    if (what === 'ends') {
      await mkdir(path('.milepost', 'scratch', 'mine'));
      process.kill(first.pid, 'SIGTERM');
      expect(await first.ended).toMatchObject({ code: 143, stderr: expect.stringMatching(WORDS) });
      expect(existsSync(path('.milepost', 'scratch', 'mine'))).toBe(true);
      expect(await home.agent.progress('out')).toMatchObject({ status: 'running', completed: 100 });
    }
    await home.open(300);
    if (what === 'saves') expectRefused(await first.ended);
    expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(path('.milepost', 'output.log'))).toBe(false);
    expect(readdirSync(path('.milepost', 'orphans'))).toEqual([]);
    expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(home.runs('out')).toMatchObject([{ kind: 'start' }, { kind: 'end', outcome: 'complete' }]);
  },
);

describe('what goes away behind the loop', () => {
  test('is not merged without; the next start does only that again', async () => {
    await home.write(
      'gen.py',
      GATED.replace(
        'print("merged"',
        'os.path.exists("once") or os.remove("out/checkpoint_00100.txt")\nopen("once", "w").close()\nprint("merged"',
      ),
    );
    await home.open(300);
    expect(await home.run(['gen.py'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'milepost: checkpoint_00100.txt is gone, so items 100 to 199 are missing, and nothing was merged.\n' +
        'Start again: only what is missing is done again.\n',
    });
    expect(existsSync(path('numbers.txt'))).toBe(false);
    expect(await home.agent.progress('out')).toMatchObject({ status: 'failed' });
    expect(lastEnd()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('is gone') });
    expect((await home.run(['gen.py'])).code).toBe(0);
    expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
    expect(begun()).toEqual([0, 100, 200, 100]);
  });

  test.each([
    [
      'the merge',
      'job.merge(lambda paths, to: (milepost.concat(paths, to), os.remove(paths[1])))',
      'final="all"',
    ],
    ['a with block', 'os.remove("out/checkpoint_00100")', 'final=None'],
  ])('within %s does not read complete', async (_, then, final) => {
    await home.write(
      'gen.py',
      `
import os, milepost
with milepost.Job("out", total=300, every=100, ${final}) as job:
    for batch in job.batches():
        job.save(batch, b"x")
    ${then}
`,
    );
    expect(await home.run(['gen.py'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^milepost: checkpoint_00100 is gone, so items 100 to 199 are missing/),
    });
    expect(await home.agent.progress('out')).toMatchObject({ status: 'failed' });
    expect(lastEnd()).toMatchObject({ outcome: 'failed' });
  });
});

/** 50 steps, each when the gate is above it; a checkpoint after every tenth. */
const TRAIN = `
import pathlib, time
import milepost

for step in milepost.track(range(50), dir="out"):
    with open("started", "a") as log:
        print(step, 0, file=log)
    while step >= int(pathlib.Path("gate").read_text()):
        time.sleep(0.02)
    milepost.checkpoint(step + 1, b"state", every=10, total=50, dir="out")
print("trained", step)
`;
const TRACK = TRAIN.replace(/^ {4}milepost\.checkpoint.*\n/m, '');

describe.each([
  ['the folder', []],
  ['only the records', ['.milepost']],
])('in a training loop, %s removed', (_, what) => {
  async function spoil(source: string): Promise<Ended> {
    await home.write('gen.py', source);
    const program = home.start(['gen.py']);
    await home.open(25);
    await atBatch(home, 25);
    await waitFor('step 25 to be shown', async () => (await home.agent.progress('out'))?.completed === 25);
    await remove(...what);
    await home.open(50);
    return program.ended;
  }

  async function expectNothingMade(): Promise<void> {
    expect(existsSync(path('.milepost'))).toBe(false);
    expect(existsSync(path())).toBe(what.length > 0);
    if (what.length === 0) return;
    expect(readFileSync(path('PROGRESS.txt'), 'utf8')).not.toContain('COMPLETE');
    expect(await home.agent.progress('out')).toMatchObject({ status: 'failed' });
  }

  test('ends it at its next checkpoint', async () => {
    expectRefused(await spoil(TRAIN));
    expect(begun().at(-1)).toBe(29);
    await expectNothingMade();
    if (what.length > 0) expect(await home.agent.checkpoints('out')).toHaveLength(2);
  });

  test('never ends one that is only tracked, and is told', async () => {
    const ended = await spoil(TRACK);
    expect(ended).toMatchObject({ code: 0, stdout: 'trained 49\n', stderr: expect.stringMatching(WORDS) });
    expect(ended.stderr).not.toContain('Traceback');
    await expectNothingMade();
  });

  test('ends one that goes on without its checkpoints as failed', async () => {
    const ended = await spoil(
      TRAIN.replace(/^ {4}(milepost\.checkpoint.*)$/m, '    try: $1\n    except milepost.JobError: pass'),
    );
    expect(ended).toMatchObject({ code: 0, stdout: 'trained 49\n', stderr: expect.stringMatching(WORDS) });
    await expectNothingMade();
  });
});
