import { existsSync, readFileSync } from 'node:fs';
import { appendFile, chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { numbers } from '../../../apps/agent/test/agent.ts';
import { treeOf } from '../../../apps/agent/test/tree.ts';
import { atBatch, GATED, makePythonHome, type PythonHome, startedBatches } from './pythonHome.ts';

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const path = (...names: string[]) => join(home.dir, 'out', ...names);
const lastEnd = () => home.runs('out').findLast((record) => record.kind === 'end');

/** What is left of a job that ended early can be gone on with. */
async function expectResume(done: number): Promise<void> {
  const before = startedBatches(home).length;
  await home.open(1000);
  expect(await home.run(['gen.py'])).toMatchObject({ code: 0 });
  expect(readFileSync(path('numbers.txt'), 'utf8')).toBe(numbers(0, 300));
  expect(startedBatches(home).length - before).toBe(3 - done);
}

describe('a run ends', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s as interrupted, in order, and is gone on with', async (signal, code) => {
    await home.write('gen.py', GATED);
    const program = home.start(['gen.py']);
    await home.open(100);
    await atBatch(home, 100);
    process.kill(program.pid, signal);
    expect(await program.ended).toMatchObject({ code, stderr: '', stdout: '' });
    expect(lastEnd()).toMatchObject({ outcome: 'interrupted', reason: `ended by ${signal}` });
    expect(await home.agent.progress('out')).toMatchObject({ status: 'interrupted', completed: 100 });
    await expectResume(1);
  });

  test('by SIGINT with the KeyboardInterrupt that Python people know', async () => {
    await home.write('gen.py', GATED);
    const program = home.start(['gen.py']);
    await atBatch(home, 0);
    process.kill(program.pid, 'SIGINT');
    const ended = await program.ended;
    expect(ended.stderr).toMatch(/KeyboardInterrupt\s*$/);
    expect(lastEnd()).toMatchObject({ outcome: 'interrupted', reason: 'ended by SIGINT' });
    await expectResume(0);
  });

  test('never by a signal that the program handles itself, or that is ignored', async () => {
    await home.write(
      'gen.py',
      `
import signal
def mine(number, frame):
    open("seen", "a").write("x")
signal.signal(signal.SIGTERM, mine)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
${GATED}
print(signal.getsignal(signal.SIGTERM) is mine, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
`,
    );
    const program = home.start(['gen.py']);
    await atBatch(home, 0);
    process.kill(program.pid, 'SIGTERM');
    process.kill(program.pid, 'SIGHUP');
    await waitFor('its own handler', () => readFile(join(home.dir, 'seen'), 'utf8').catch(() => ''));
    await home.open(300);
    expect(await program.ended).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/True True\n$/),
    });
  });

  test('by `milepost stop` when the batch that runs is saved', async () => {
    await home.write('gen.py', GATED);
    const program = home.start(['gen.py']);
    await atBatch(home, 0);
    expect(await home.agent.milepost(['stop', 'out'])).toMatchObject({ code: 0 });
    await waitFor('the request to be seen', async () =>
      (await home.agent.progress('out'))?.message?.startsWith('asked to stop'),
    );
    await home.open(100);
    expect(await program.ended).toMatchObject({ code: 5, stderr: '', stdout: '' });
    expect(lastEnd()).toMatchObject({ outcome: 'stopped', reason: 'stopped by a person' });
    expect(await home.agent.progress('out')).toMatchObject({ status: 'stopped', completed: 100 });
    expect((await home.agent.milepost(['list'])).stdout).toMatch(/^out +stopped/m);
    await expectResume(1);
  });

  test.each([
    ['in a wait', ''],
    [
      'although it handles signals itself',
      'import signal\nfor s in (1, 2, 15): signal.signal(s, lambda *_: None)\n',
    ],
  ])('by `milepost stop --now` at once, %s', async (_, before) => {
    await home.write('gen.py', before + GATED);
    const program = home.start(['gen.py']);
    await home.open(100);
    await atBatch(home, 100);
    expect(await home.agent.milepost(['stop', 'out', '--now', '--wait'])).toMatchObject({
      code: 0,
      stdout: 'out is stopped.\n',
    });
    expect(await program.ended).toMatchObject({ code: 5, stderr: '', stdout: '' });
    expect(lastEnd()).toMatchObject({ outcome: 'stopped', reason: 'stopped by a person' });
    await expectResume(1);
  });

  test('by `milepost stop --now` also where it hangs in something that nothing wakes', async () => {
    await home.write(
      'gen.py',
      `import milepost\nmilepost._GRACE_SECONDS = 0.5\n${GATED.replace(
        'while batch.start >= gate():',
        'while batch.start >= gate() and [signal.pthread_sigmask(signal.SIG_BLOCK, [1, 2, 15, signal.SIGURG]), threading.Event().wait()]:',
      ).replace('import os', 'import signal, threading, os')}`,
    );
    const program = home.start(['gen.py']);
    await atBatch(home, 0);
    await home.agent.milepost(['stop', 'out', '--now']);
    expect(await program.ended).toMatchObject({ code: 5, stdout: '' });
    expect(lastEnd()).toMatchObject({ outcome: 'stopped', reason: 'stopped by a person' });
  });

  test.each([
    ['in a loop', '', 'batch 100 to 199 failed: ValueError: no more of that'],
    ['in a with block', 'with job: ', 'batch 100 to 199 failed: ValueError: no more of that'],
    ['in what writes', 'write', 'batch 100 to 199 failed: ZeroDivisionError: division by zero'],
  ])('as failed with the last line of an error %s', async (_, kind, reason) => {
    const body = GATED.replace(
      '    while batch',
      kind === 'write'
        ? '    if batch.start == 100 and gate() < 300: job.save(batch, lambda path: 1 / 0)\n    while batch'
        : '    if batch.start == 100 and gate() < 300: raise ValueError("see above\\n\\nno more of that")\n    while batch',
    ).replace('see above\\\\n\\\\n', '');
    const source = kind.startsWith('with')
      ? body.replace(/^for batch[\s\S]*$/m, (loop) => `with job:\n${loop.replace(/^/gm, '  ')}`)
      : body;
    await home.write('gen.py', source.replace('see above\\n\\n', ''));
    await home.open(200);
    const ended = await home.run(['gen.py']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^Traceback/);
    expect(lastEnd()).toMatchObject({ outcome: 'failed', reason });
    expect(await home.agent.progress('out')).toMatchObject({
      status: 'failed',
      completed: 100,
      message: reason,
    });
    expect((await home.agent.milepost(['status', 'out'])).stdout).toContain(reason);
    await expectResume(1);
  });

  test('as failed where the merge fails; the next start only merges', async () => {
    const failing = GATED.replace(
      'job.merge(milepost.concat)',
      'job.merge(lambda inputs, output: open("/nowhere/x"))',
    );
    await home.write('gen.py', failing);
    await home.open(300);
    expect((await home.run(['gen.py'])).code).toBe(1);
    expect(lastEnd()).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^the merge failed: FileNotFoundError: .*; a resume only merges again$/),
    });
    await home.write('gen.py', GATED);
    await expectResume(3);
    expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', runs: 2 });
  });

  test('as interrupted where the program leaves its loop, as failed where it forgets the merge', async () => {
    const leaving = GATED.replace('    while batch', '    if gate() == 1: break\n    while batch');
    await home.write('gen.py', leaving.replace('print("merged", job', '0 and print(job'));
    await home.open(1);
    expect(await home.run(['gen.py'])).toMatchObject({ code: 0, stderr: '' });
    expect(lastEnd()).toMatchObject({
      outcome: 'interrupted',
      reason: 'the program ended before its work was done',
    });
    await home.open(300);
    expect(await home.run(['gen.py'])).toMatchObject({ code: 0, stderr: '' });
    const reason = 'all items are saved, but job.merge() was never called to make numbers.txt';
    expect(lastEnd()).toMatchObject({ outcome: 'failed', reason });
    expect(await home.agent.progress('out')).toMatchObject({
      status: 'failed',
      completed: 300,
      message: reason,
    });
  });
});

describe('a job is refused, without a stack trace,', () => {
  async function refused(pattern: RegExp, source = GATED): Promise<void> {
    await home.write('gen.py', source);
    const leaveOut = ['.milepost/lock', '.milepost/reserve'];
    const before = await treeOf(path(), leaveOut);
    const ended = await home.run(['gen.py']);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(pattern) });
    expect(ended.stderr).not.toContain('Traceback');
    expect(await treeOf(path(), leaveOut)).toEqual(before);
  }

  test('where another process holds it: host and pid are named', async () => {
    await home.write('gen.py', GATED);
    const holder = home.start(['gen.py']);
    await atBatch(home, 0);
    await refused(
      new RegExp(
        `^milepost: The job in ${path()} is held by a process on ${hostname()}, pid ${holder.pid}\\.\\nmilepost status `,
      ),
    );
    process.kill(holder.pid, 'SIGKILL');
    await holder.ended;
    await expectResume(0);
  });

  test('where the agent holds it, and the other way round', async () => {
    const run = [
      'run',
      '--name',
      'out',
      '--total',
      '300',
      '--every',
      '100',
      '--ext',
      '.txt',
      '--',
      'sh',
      '-c',
    ];
    const agent = home.agent.start([...run, 'touch began; sleep 100; echo {start}']);
    await waitFor(
      'its batch',
      async () =>
        (await readdir(path('.milepost', 'scratch'))).length > 0 && existsSync(join(home.dir, 'began')),
    );
    await refused(new RegExp(`is held by a process on .*, pid ${agent.pid}\\.`));
    await home.agent.milepost(['stop', 'out', '--now']);
    await agent.ended;

    await home.write('gen.py', GATED);
    const program = home.start(['gen.py']);
    await atBatch(home, 0);
    expect(await home.agent.milepost([...run, 'touch began; sleep 100; echo {start}'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(new RegExp(`is held by an agent on .*, pid ${program.pid}\\.`)),
    });
  });

  test('where the folder holds another job', async () => {
    await home.write('gen.py', GATED);
    await home.open(300);
    await home.run(['gen.py']);
    await refused(
      /^milepost: .* holds a different job \(out\)\. There: ext "\.txt"\. Asked for: ext "\.npz"\. Nothing was changed\.\n/,
      GATED.replace('.txt', '.npz'),
    );
    await refused(
      /There: name "out"\. Asked for: name "other"/,
      GATED.replace('"out",', '"out", name="other",'),
    );
    const other = await home.run(['gen.py', '--seed', '2']);
    await home.write('gen.py', GATED);
    expect(other.stderr).toMatch(/There: name/);
    const seed = await home.run(['gen.py', '--seed', '2']);
    expect(seed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There: \[.*gen\.py"\]\. Asked for: \[.*gen\.py","--seed","2"\]/),
    });
  });

  test('where a newer Milepost wrote the records', async () => {
    await home.write('gen.py', GATED);
    await home.open(300);
    await home.run(['gen.py']);
    await appendFile(path('.milepost', 'ledger.jsonl'), encodeRecordLine({ version: 2 }));
    await refused(
      /^milepost: The records in .*\.milepost can't be used: it was written by a newer Milepost .*: update Milepost here\.\nNothing was changed\.\n$/,
    );
    const record = JSON.parse(await readFile(path('.milepost', 'job.json'), 'utf8'));
    await writeFile(path('.milepost', 'job.json'), JSON.stringify({ ...record, version: 2 }));
    await refused(/^milepost: .*job\.json can't be used: it was written by a newer Milepost/);
    await writeFile(path('.milepost', 'job.json'), '{');
    await refused(
      /^milepost: .*job\.json can't be used: it is not JSON\. Nothing was changed\.\nThe checkpoints are untouched/,
    );
  });

  test('where checkpoints of nobody are in the folder', async () => {
    await mkdir(path());
    await writeFile(path('checkpoint_00000.txt'), 'mine');
    await refused(
      /^milepost: .*out holds 1 files with a checkpoint's name and no records of a job, such as checkpoint_00000\.txt\. Nothing was changed\.\n/,
    );
  });

  test('where others may write the folder, unless that is fine', async () => {
    await home.write('gen.py', GATED);
    await home.open(300);
    await home.run(['gen.py']);
    await chmod(path(), 0o777);
    await refused(
      /^milepost: everybody may write .*out, and what is in its records would be believed\. .*\nIf you know who wrote it: trust=True\n$/,
    );
    await home.write('gen.py', GATED.replace('"out",', '"out", trust=True,'));
    expect(await home.run(['gen.py'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('where what is asked makes no sense', async () => {
    await mkdir(path());
    const asks: [string, RegExp][] = [
      ['total=0', /total takes a whole number, 1 or more, and not 0/],
      ['total=3.5', /total takes a whole number/],
      ['total=3, every="2M"', /"2M" is neither a whole number of items, such as 2000, nor a time/],
      [
        'total=3, every="10m"',
        /every="10m" would put more than five minutes of work at risk\.\nTake a shorter/,
      ],
      ['total=3, final="a/b"', /The result can't be named "a\/b"/],
      ['total=3, ext="../x"', /ext takes a file extension/],
    ];
    for (const [ask, pattern] of asks) {
      await refused(pattern, `import milepost\nfor b in milepost.Job("out", ${ask}).batches(): pass\n`);
    }
    for (const [body, pattern] of [
      ['pass', /items 0 to 9 was not saved before the next was asked for/],
      [
        'job.save(b, lambda path: None)',
        /write made no output at .*checkpoint_00000, so items 0 to 9 were not saved/,
      ],
      ['job.save(b, b"x"); job.save(b, b"x")', /items 0 to 9 is saved already/],
    ] as const) {
      await home.write(
        'gen.py',
        `import milepost\njob = milepost.Job("odd", total=20, every=10)\nfor b in job.batches(): ${body}\n`,
      );
      const ended = await home.run(['gen.py']);
      expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(pattern) });
      expect(ended.stderr).not.toContain('Traceback');
      await rename(join(home.dir, 'odd'), join(home.dir, `odd-${body.length}`));
    }
  });
});

test('of many that start at once, one runs and the others name it', { timeout: 120_000 }, async () => {
  await home.write('gen.py', GATED);
  const programs = Array.from({ length: 12 }, () => home.start(['gen.py']));
  const running = () => programs.filter(({ child }) => child.exitCode === null);
  await waitFor('all but one to have ended', () => running().length === 1, { limitMs: 90_000 });
  const [winner] = running();
  for (const program of programs) {
    if (program === winner) continue;
    expect(await program.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(`^milepost: .* is held by a process on .*, pid ${winner?.pid}\\.`),
      ),
    });
  }
  await home.open(300);
  expect((await winner?.ended)?.code).toBe(0);
  expect(startedBatches(home).map(({ first }) => first)).toEqual([0, 100, 200]);
});
