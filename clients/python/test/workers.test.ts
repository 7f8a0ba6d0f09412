import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isGone, numbers } from '../../../apps/agent/test/agent.ts';
import { makePythonHome, type PythonHome, pythons } from './pythonHome.ts';

// Worker processes: what a program forks or spawns must never hold its job, write its files or outlive a killed run.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

const pooled = (method: string) => `
import multiprocessing, os, pathlib, signal, sys, time
import milepost

def work(item):
    while item >= int(pathlib.Path("gate").read_text()):
        time.sleep(0.02)
    return item

if __name__ == "__main__":
    context = multiprocessing.get_context("${method}")
    job = milepost.Job("out", total=40, every=10, ext=".txt", final="numbers.txt")
    with job:
        with context.Pool(3) as pool:
            pathlib.Path("workers").write_text(" ".join(str(p.pid) for p in pool._pool))
            for batch in job.batches():
                rows = pool.map(work, batch, 1)
                job.save(batch, "".join(f"{row}\\n" for row in rows).encode())
        job.merge(milepost.concat)
`;

const workers = () =>
  waitFor('the workers', () => {
    const text = readFileSync(join(home.dir, 'workers'), 'utf8');
    return text.split(' ').length === 3 && text.split(' ').map(Number);
  });

describe.each(['fork', 'spawn', 'forkserver'])('with a pool of workers by %s', (method) => {
  test.each(pythons())('a job is done, and a killed one is gone on with by the next: %s', async (python) => {
    await home.write('gen.py', pooled(method));
    const killed = home.start(['gen.py'], { python });
    await home.open(15);
    await waitFor('the second batch', () => home.ledger('out').length === 1);
    const left = await workers();
    process.kill(killed.pid, 'SIGKILL');
    await waitFor('its end', () => isGone(killed.pid));

    // The workers live on, and hold nothing.
    expect((await home.agent.milepost(['status', 'out'])).stdout).toMatch(/interrupted/);
    await home.open(1000);
    const ended = await home.run(['gen.py'], { python });
    expect(ended.code).toBe(0);
    for (const pid of left) await waitFor(`worker ${pid} to be gone`, () => isGone(pid));
    expect(readFileSync(join(home.dir, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, 40));
    expect(home.runs('out').map(({ kind, run }) => `${kind} ${run}`)).toEqual([
      'start 1',
      'start 2',
      'end 2',
    ]);
    expect(home.ledger('out').map(({ first }) => first)).toEqual([0, 10, 20, 30]);
  });
});

test('a worker that ends, in whatever way, ends nothing of its parent’s run', async () => {
  await home.write(
    'gen.py',
    `
import os, signal, sys, time
import milepost
job = milepost.Job("out", total=3, every=1)
for batch in job.batches():
    pid = os.fork()
    if pid == 0:
        if batch.start == 0:
            try:
                job.save(batch, b"from the child")
            except milepost.JobError as error:
                print(error, flush=True)
            sys.exit(0)
        if batch.start == 1:
            raise ValueError("in the child")
        signal.pause()
    if batch.start == 2:
        os.kill(pid, signal.SIGTERM)
    print(os.waitpid(pid, 0)[1], flush=True)
    job.save(batch, b"from the parent")
`,
  );
  const ended = await home.run(['gen.py']);
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(/belongs to process \d+, which this one was forked from\..*\n0\n256\n15\n$/s);
  expect(home.runs('out').map(({ kind }) => kind)).toEqual(['start', 'end']);
  expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', completed: 3 });
});

test('a program without a guard is told where to put it', async () => {
  await home.write(
    'gen.py',
    `
import multiprocessing
import milepost
job = milepost.Job("out", total=1)
for batch in job.batches():
    worker = multiprocessing.get_context("spawn").Process(target=print)
    worker.start()
    worker.join()
    job.save(batch, str(worker.exitcode).encode())
`,
  );
  const ended = await home.run(['gen.py']);
  expect(ended).toMatchObject({ code: 0, stdout: '' });
  expect(ended.stderr).toMatch(
    /^milepost: A worker process would open the job in .*out that its parent works at\.\nPut the loop behind: if __name__ == "__main__":\n$/,
  );
  expect(readFileSync(join(home.dir, 'out', 'checkpoint_00000'), 'utf8')).toBe('1');
});
