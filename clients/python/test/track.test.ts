import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePythonHome, type PythonHome, pythons } from './pythonHome.ts';

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

/** Goes through some numbers, each when the gate is above it. */
const LOOP = `
import pathlib, sys, time
import milepost

def wait(item):
    while item >= int(pathlib.Path("gate").read_text()):
        time.sleep(0.02)

for item in milepost.track(range(200), unit="rows"):
    wait(item)
print("done", item)
`;
const FOLDER = 'milepost-loop';
const lastEnd = () => home.runs(FOLDER).findLast((record) => record.kind === 'end');

const shows = (completed: number) =>
  waitFor(`${completed} to be shown`, async () => {
    const progress = await home.agent.progress(FOLDER);
    return progress?.completed === completed ? progress : null;
  });

describe('a loop that is tracked', () => {
  test.each(pythons())('shows as a job of its own until the program ends: %s', async (python) => {
    await home.write('loop.py', LOOP);
    const program = home.start(['loop.py'], { python, flags: ['-W', 'error'] });
    await home.open(50);
    expect(await shows(50)).toMatchObject({
      status: 'running',
      total: 200,
      unit: 'rows',
      job: 'loop',
      problem: null,
    });
    expect((await home.agent.milepost(['list'])).stdout).toMatch(/^loop +running +50\/200 rows \(25%\)/m);
    await home.open(200);
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'done 199\n', stderr: '' });
    expect(await home.agent.progress(FOLDER)).toMatchObject({
      status: 'complete',
      completed: 200,
      total: 200,
    });
    expect(home.record(FOLDER)).toMatchObject({ kind: 'process', runner: 'program', total: null });
    expect((await home.agent.milepost(['status', 'loop'])).stdout).toMatch(/complete/);
  });

  test('gives every item as it is, and ends as it would', async () => {
    await home.write(
      'loop.py',
      `
import itertools, sys, milepost
track = milepost.track
print(list(track([1, 2])), list(track(iter("ab"))), list(track({})), [x for x in track(y * y for y in range(3))])
print([[x, y] for x in track(range(2)) for y in track("ab")])
print(list(itertools.islice(track(itertools.count()), 3)))
try:
    for x in track([1, 2, 3]):
        raise ValueError("mine")
except ValueError as error:
    print(error)
try:
    for x in track(None):
        pass
except TypeError as error:
    print(error)
weak = __import__("weakref")
class Thing: pass
things = (Thing() for _ in range(3))
seen = [weak.ref(thing) for thing in track(things)]
del things
print([ref() for ref in seen][:2])
print(list(track(range(4), total=9)))
`,
    );
    const ended = await home.run(['loop.py'], { flags: ['-W', 'error'] });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.split('\n')).toEqual([
      "[1, 2] ['a', 'b'] [] [0, 1, 4]",
      "[[0, 'a'], [0, 'b'], [1, 'a'], [1, 'b']]",
      '[0, 1, 2]',
      'mine',
      "'NoneType' object is not iterable",
      '[None, None]',
      '[0, 1, 2, 3]',
      '',
    ]);
    expect(await home.agent.progress(FOLDER)).toMatchObject({ status: 'complete', completed: 4, total: 4 });
  });

  test('is interrupted when it is killed, and counts on where the next start goes on', async () => {
    await home.write('loop.py', LOOP);
    const killed = home.start(['loop.py']);
    await home.open(50);
    await shows(50);
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    expect((await home.agent.milepost(['list'])).stdout).toMatch(/^loop +interrupted +50\/200/m);
    await home.write('loop.py', LOOP.replace('range(200)', 'range(50, 200)'));
    const again = home.start(['loop.py']);
    await home.open(120);
    expect(await shows(120)).toMatchObject({ total: 200, runs: 2, message: 'resumed after an interruption' });
    await home.open(200);
    expect(await again.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await home.agent.progress(FOLDER)).toMatchObject({
      status: 'complete',
      completed: 200,
      total: 200,
    });
    // Complete: the next one is a new beginning.
    await home.write('loop.py', LOOP.replace('range(200)', 'range(150)'));
    await home.run(['loop.py']);
    expect(await home.agent.progress(FOLDER)).toMatchObject({ completed: 150, total: 150, runs: 3 });
  });

  test.each([
    ['an error', '    1 / 0', 1, { outcome: 'failed', reason: 'ZeroDivisionError: division by zero' }],
    [
      'leaving it',
      '    sys.exit(3)',
      3,
      { outcome: 'interrupted', reason: 'the program ended before its work was done' },
    ],
  ])('never reads complete after %s', async (_, line, code, end) => {
    await home.write('loop.py', LOOP.replace('    wait(item)', line));
    const ended = await home.run(['loop.py']);
    expect(ended.code).toBe(code);
    expect(lastEnd()).toMatchObject(end);
    expect(readFileSync(join(home.dir, FOLDER, 'PROGRESS.txt'), 'utf8')).not.toContain('COMPLETE');
  });

  test('is stopped by `milepost stop`, and interrupted by a signal', async () => {
    await home.write('loop.py', LOOP);
    const stopped = home.start(['loop.py']);
    await shows(0);
    expect(await home.agent.milepost(['stop', 'loop', '--wait'])).toMatchObject({
      stdout: 'loop is stopped.\n',
    });
    expect(await stopped.ended).toMatchObject({ code: 5, stdout: '', stderr: '' });
    const ended = home.start(['loop.py']);
    await waitFor('its second run', () => home.runs(FOLDER).length === 3);
    await shows(0);
    process.kill(ended.pid, 'SIGTERM');
    expect(await ended.ended).toMatchObject({ code: 143, stderr: '' });
    expect(lastEnd()).toMatchObject({ outcome: 'interrupted', reason: 'ended by SIGTERM' });
  });

  test('is not complete where the program ends in the middle of it, also where nobody knows how long it is', async () => {
    await home.write('loop.py', 'import milepost\nloop = milepost.track(iter("abc"))\nprint(next(loop))\n');
    expect(await home.run(['loop.py'])).toMatchObject({ code: 0, stdout: 'a\n', stderr: '' });
    expect(lastEnd()).toMatchObject({
      outcome: 'interrupted',
      reason: 'the program ended before its work was done',
    });
  });

  test('goes on unshown, and says so once, where it can’t be shown', async () => {
    await home.write('loop.py', LOOP);
    const first = home.start(['loop.py']);
    await shows(0);
    await home.write(
      'other.py',
      LOOP.replace('    wait(item)', '    pass').replace('unit="rows"', `dir="${FOLDER}"`),
    );
    expect(await home.run(['other.py'])).toMatchObject({
      code: 0,
      stdout: 'done 199\n',
      stderr: expect.stringMatching(
        /^milepost: The job in .* is held by .*, pid \d+\. The progress of this loop is not shown\.\n$/,
      ),
    });
    await home.open(200);
    expect(await first.ended).toMatchObject({ code: 0, stderr: '' });
    await writeFile(join(home.dir, 'file'), '');
    await home.write('loop.py', LOOP.replace('unit="rows"', 'dir="file"'));
    expect(await home.run(['loop.py'])).toMatchObject({ code: 0, stdout: 'done 199\n' });
  });

  test('under an agent tells its count to the agent, and makes no folder', async () => {
    const told = join(home.dir, 'told');
    await home.write('loop.py', LOOP);
    const program = home.start(['loop.py'], { env: { MILEPOST_PROGRESS: told } });
    await home.open(70);
    await waitFor('its count', async () => (await readFile(told, 'utf8').catch(() => '')) === '70/200');
    await home.open(200);
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(told, 'utf8')).toBe('200/200');
    expect(readdirSync(home.dir)).not.toContain(FOLDER);
  });

  test('in worker processes is nothing but the loop', async () => {
    await home.write(
      'loop.py',
      `
import multiprocessing, milepost
def work(n):
    return sum(milepost.track(range(n)))
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(list(milepost.track(pool.imap(work, range(5)), total=5)))
`,
    );
    expect(await home.run(['loop.py'])).toMatchObject({
      code: 0,
      stdout: '[0, 0, 1, 3, 6]\n[0, 0, 1, 3, 6]\n',
      stderr: '',
    });
    expect(home.runs(FOLDER)).toHaveLength(2);
  });
});

test('the time that is left is estimated from slices of the loop, whatever an item takes', async () => {
  await home.write(
    'ask.py',
    `
import json, milepost
def left(paces, total, looks=0.5):
    """What is said at the end of each pace, over what is right."""
    pacer, now, done, said = milepost._Pacer(0, 0.0), 0.0, 0.0, []
    for per_second, seconds in paces:
        until = now + seconds
        while now < until:
            now += looks
            done += per_second * looks
            pacer.look(int(done), now)
        eta, rate = pacer.estimate(int(done), total, now)
        said.append([eta and eta / ((total - done) / per_second), rate and rate / per_second])
    return said
print(json.dumps([left([(7.3, 100)], 2000), left([(1 / 30, 600)], 100), left([(1e6, 5000)], 10**10),
                  left([(10, 100), (2, 120)], 3000), left([(3, 0.5)], 100)]))
`,
  );
  const ended = await home.run(['ask.py']);
  const [even, slow, fast, slower, early]: (number | null)[][][] = JSON.parse(ended.stdout);
  for (const one of [even, slow, fast]) {
    expect(Math.abs((one?.[0]?.[0] ?? 0) - 1)).toBeLessThan(0.06);
    expect(Math.abs((one?.[0]?.[1] ?? 0) - 1)).toBeLessThan(0.06);
  }
  expect(Math.abs((slower?.[1]?.[0] ?? 0) - 1)).toBeLessThan(0.2);
  expect(early?.[0]).toEqual([null, null]);
});
