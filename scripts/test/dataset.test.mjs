import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../python.mjs';
import { projectRoot } from '../runScript.mjs';

const example = join(projectRoot, 'examples/dataset');
const python = findPython(['numpy']) ?? 'python3';
let dir = '';

beforeAll(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-dataset-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/**
 * @param {string} script
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
function run(script, args, env = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd: dir, env: { ...process.env, ...env } };
    execFile(python, [join(example, script), ...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/**
 * @param {number} start
 * @param {number} count
 * @param {string} out
 */
async function generate(start, count, out) {
  expect(
    await run('gen.py', ['--start', `${start}`, '--count', `${count}`, '--out', out, '--steps', '50']),
  ).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
}

/** @param {string} name */
const bytes = (name) => readFileSync(join(dir, name));

describe('examples/dataset', () => {
  it('makes the same bytes whatever the boundaries of the batches, and merges them by both ways', async () => {
    await generate(0, 100, 'whole.npz');
    await generate(0, 100, 'again.npz');
    await generate(0, 37, 'a.npz');
    await generate(37, 62, 'b.npz');
    await generate(99, 1, 'c.npz');
    writeFileSync(join(dir, 'list.txt'), 'a.npz\nb.npz\nc.npz\n');
    expect((await run('merge.py', ['merged.npz', 'a.npz', 'b.npz', 'c.npz'])).stdout).toBe(
      '100 samples from 3 files\n',
    );
    expect((await run('merge.py', ['listed.npz', '--list', 'list.txt'])).code).toBe(0);
    for (const name of ['again.npz', 'merged.npz', 'listed.npz']) {
      expect(bytes(name).equals(bytes('whole.npz')), name).toBe(true);
    }
  });

  it('makes samples that differ, and trajectories that obey the equation', async () => {
    await generate(5, 4, 'few.npz');
    const check = join(dir, 'check.py');
    writeFileSync(
      check,
      `
import numpy as np
a = np.load("few.npz")
assert a["index"].tolist() == [5, 6, 7, 8], a["index"]
assert a["trajectories"].shape == (4, 50, 2)
assert len(np.unique(a["parameters"])) == a["parameters"].size
damping, frequency, drive, rate = (a["parameters"][:, [k]] for k in range(4))
angle, velocity = a["trajectories"][:, :, 0], a["trajectories"][:, :, 1]
h = 0.05
t = h * np.arange(1, 49)
expected = -damping * velocity[:, 1:-1] - frequency**2 * np.sin(angle[:, 1:-1]) + drive * np.cos(rate * t)
assert np.allclose((velocity[:, 2:] - velocity[:, :-2]) / (2 * h), expected, atol=0.01)
assert np.allclose((angle[:, 2:] - angle[:, :-2]) / (2 * h), velocity[:, 1:-1], atol=0.01)
`,
    );
    const checked = await new Promise((resolve) =>
      execFile(python, [check], { cwd: dir }, (error, _stdout, stderr) => resolve(error ? stderr : 'fine')),
    );
    expect(checked).toBe('fine');
  });

  it('tells Milepost how far a batch is', async () => {
    const progress = join(dir, 'progress');
    const args = ['--start', '0', '--count', '30', '--out', 'p.npz', '--steps', '5', '--slow', '0.01'];
    expect((await run('gen.py', args, { MILEPOST_PROGRESS: progress })).code).toBe(0);
    expect(readFileSync(progress, 'utf8')).toBe('30/30\n');
  });

  it.each([
    ['gen.py', ['--start', '0', '--count', '0', '--out', 'x.npz'], 2, /at least 1/],
    ['gen.py', ['--start', '0', '--count', '1', '--out', 'no/such/x.npz'], 1, /no\/such\/x\.npz/],
    ['merge.py', ['m.npz'], 2, /name the inputs/],
    ['merge.py', ['m.npz', 'missing.npz'], 1, /missing\.npz/],
    ['merge.py', ['m.npz', join(example, 'gen.py')], 1, /not a whole \.npz/],
    ['merge.py', ['m.npz', 'whole.npz', 'whole.npz'], 1, /overlap/],
  ])('says what is wrong without a traceback: %s %j', async (script, args, code, message) => {
    await generate(0, 3, 'whole.npz');
    const result = await run(script, args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('Traceback');
    expect(result.code).toBe(code);
  });
});
