import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePythonHome, type PythonHome } from './pythonHome.ts';

// Which program this is: by it a job is known again, and a folder is named.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

test('a script that is gone for a moment stays the same program', async () => {
  // As when another branch is checked out, or a newer version is copied over it.
  await home.write(
    'train.py',
    `
import os, milepost
for step in range(1, 4):
    if step == 2:
        os.rename(__file__, "elsewhere.py")
    milepost.checkpoint(step, b"x", every=1, total=3)
print(list(milepost.track([1, 2])))
`,
  );
  expect(await home.run(['train.py'])).toMatchObject({ code: 0, stderr: '', stdout: '[1, 2]\n' });
  expect(home.ledger('milepost-train').map(({ count }) => count)).toEqual([1, 2, 3]);
  expect(existsSync(join(home.dir, 'milepost-python'))).toBe(false);
  expect(home.record('milepost-train').command.at(-1)).toBe(join(home.dir, 'train.py'));
});

test('a frozen program is started again as it is, tracked, and known again', async () => {
  await home.write(
    'gen.py',
    `
import sys
sys.frozen, sys.executable = True, "/opt/sim/bin/simulate.x"
import milepost
print(list(milepost.track([1, 2])), milepost.latest())
job = milepost.Job("out", total=2, every=1)
for batch in job.batches():
    job.save(batch, b"x")
    if sys.argv[1] == "--once" and batch.start == 0:
        sys.exit(9)
milepost.checkpoint(1, b"x", dir="state", now=True)
print(milepost.latest("state")[0])
`,
  );
  expect(await home.run(['gen.py', '--once'])).toMatchObject({ code: 9, stderr: '' });
  expect(home.record('out').command).toEqual(['/opt/sim/bin/simulate.x', '--once']);
  expect(home.record('milepost-simulate').name).toBe('simulate');
  expect((await home.run(['gen.py', '--other'])).stderr).toMatch(/holds a different job \(out\)/);
  const again = await home.run(['gen.py', '--once']);
  expect(again).toMatchObject({ code: 0, stderr: '', stdout: '[1, 2] None\n1\n' });
});
