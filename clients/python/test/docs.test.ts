import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePythonHome, type PythonHome } from './pythonHome.ts';

// The programs of docs/python.md do what it says of them.

const page = readFileSync(fileURLToPath(new URL('../../../docs/python.md', import.meta.url)), 'utf8');
const blocks = [...page.matchAll(/```python\n([\s\S]*?)```/g)].map(([, text = '']) => text);

/** The block that begins with its file's name. */
function program(name: string): string {
  const found = blocks.find((text) => text.startsWith(`# ${name}\n`));
  if (found === undefined) throw new Error(`docs/python.md has no ${name}.`);
  return found;
}

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

describe('docs/python.md', () => {
  test.each([
    ['loop.py', 'milepost-loop', 300],
    ['gen.py', 'results', 3000],
    ['writers.py', 'results', 40],
    ['train.py', 'milepost-train', 200],
    ['pool.py', 'squares', 1000],
  ])('%s runs to its end', async (name, folder, total) => {
    await home.write(name, program(name));
    expect(await home.run([name])).toMatchObject({ code: 0, stderr: '' });
    expect(await home.agent.progress(folder)).toMatchObject({
      status: 'complete',
      completed: total,
      problem: null,
    });
  });

  test('its result is the same wherever it was cut', async () => {
    const cut = program('gen.py').replace('every="2m"', 'every=700');
    await home.write('gen.py', program('gen.py'));
    await home.run(['gen.py']);
    const whole = await readFile(join(home.dir, 'results', 'dataset.npz'));
    await rm(join(home.dir, 'results'), { recursive: true });
    await home.write(
      'gen.py',
      cut.replace('    rows = make', '    if batch.start == 1400: raise SystemExit\n    rows = make'),
    );
    await home.run(['gen.py']);
    await home.write('gen.py', cut);
    await home.run(['gen.py']);
    expect((await readFile(join(home.dir, 'results', 'dataset.npz'))).equals(whole)).toBe(true);
  });

  test('its other lines are Python', async () => {
    const others = blocks.filter((text) => !/^# \w+\.py\n/.test(text));
    expect(others.length).toBeGreaterThanOrEqual(3);
    for (const text of others) {
      const ended = await home.run(
        ['-c', 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))'],
        {
          input: text,
        },
      );
      expect(ended, text).toMatchObject({ code: 0, stderr: '' });
    }
  });

  test('it names every option of Job', async () => {
    const ask = 'import inspect, milepost; print(*inspect.signature(milepost.Job.__init__).parameters)';
    const { stdout } = await home.run(['-c', ask]);
    const options = stdout.trim().split(' ').slice(3);
    expect(options.length).toBeGreaterThan(6);
    for (const option of options) expect(page).toContain(`\`${option}=`);
  });
});
