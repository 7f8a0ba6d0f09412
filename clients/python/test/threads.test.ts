import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePythonHome, type PythonHome } from './pythonHome.ts';

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

test.each([
  [
    'a job',
    'for batch in milepost.Job("out", total=2, every=1).batches(): raise ValueError("mine")',
    'batch 0 to 0 failed: ValueError: mine',
  ],
  [
    'a training loop',
    'milepost.checkpoint(1, b"x", dir="out", now=True); raise ValueError("mine")',
    'ValueError: mine',
  ],
  [
    'a tracked loop',
    'for item in milepost.track([1], dir="out"): raise ValueError("mine")',
    'ValueError: mine',
  ],
])('%s in a thread that an error ends has failed at once, with that error', async (_, body, reason) => {
  await home.write(
    'gen.py',
    `
import threading, milepost
def work():
    ${body}
def other():
    raise KeyError("of another thread")
for target in (work, other):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    print(len(milepost._open_runs))
`,
  );
  const ended = await home.run(['gen.py']);
  expect(ended).toMatchObject({ code: 0, stdout: '0\n0\n' });
  expect(ended.stderr).toMatch(
    /^Exception in thread [\s\S]*^ValueError: mine$[\s\S]*^KeyError: 'of another thread'$/m,
  );
  expect(home.runs('out')[1]).toMatchObject({ kind: 'end', outcome: 'failed', reason });
  expect(await home.agent.progress('out')).toMatchObject({ status: 'failed', message: reason });
});

test('a thread that has nothing of the job ends nothing of it, and a refusal is told in words there too', async () => {
  await home.write(
    'gen.py',
    `
import threading, milepost
job = milepost.Job("out", total=1)
for batch in job.batches():
    for target in (lambda: 1 / 0, lambda: milepost.Job("out", total=0)):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    job.save(batch, b"x")
`,
  );
  const ended = await home.run(['gen.py']);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(
    /ZeroDivisionError: division by zero\nmilepost: total takes a whole number, 1 or more, and not 0\.\n$/,
  );
  expect(await home.agent.progress('out')).toMatchObject({ status: 'complete', completed: 1 });
});
