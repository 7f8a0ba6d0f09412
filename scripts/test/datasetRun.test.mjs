import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPython } from '../python.mjs';
import { makeExampleHome, until } from './exampleHome.mjs';

const python = {
  name: 'python3',
  file: findPython(['numpy']) ?? '/usr/bin/python3',
  // Slow enough to be seen in the middle of its samples, and then it doesn't end.
  held: '"$program" "$@" --slow 30; while [ -e "$hold" ]; do sleep 0.05; done; exit 1',
};

// `said` stands in it so that a failure shows it.
const well = { code: 0, said: expect.any(String) };

/** @typedef {Awaited<ReturnType<typeof makeExampleHome>>} ExampleHome */
/** @type {ExampleHome} */
let undisturbed;
/** @type {ExampleHome} */
let killed;

beforeAll(async () => {
  undisturbed = await makeExampleHome('dataset', python);
  killed = await makeExampleHome('dataset', python);
});
afterAll(() => {
  undisturbed?.remove();
  killed?.remove();
});

const tenBatches = Array.from({ length: 10 }, (_, batch) => batch * 100);

it("the README's own command leaves ten checkpoints, a PROGRESS.txt that says COMPLETE, and the whole dataset", async () => {
  const home = undisturbed;
  expect(await home.run(home.readmeCommand())).toEqual(well);
  expect(Object.keys(home.hashes())).toEqual([
    ...tenBatches.map((first) => `checkpoint_${String(first).padStart(5, '0')}.npz`),
    'dataset.npz',
  ]);
  const progress = home.progress();
  expect(progress).toContain('1000/1000');
  expect(progress).toContain('100%');
  expect(progress).toContain('COMPLETE');

  // All samples at once, without Milepost, are the same bytes.
  expect(await home.run('python3 gen.py --start 0 --count 1000 --out ../whole.npz')).toEqual(well);
  const whole = readFileSync(join(home.dir, 'whole.npz'));
  expect(readFileSync(join(home.results, 'dataset.npz')).equals(whole)).toBe(true);
}, 240_000);

it('killed and resumed it gives the same bytes, and redoes only what was in flight', async () => {
  const home = killed;
  home.holdFrom(400);
  const ended = home.start(home.readmeCommand());
  await until('four batches to be saved', () => home.completed() === 400);
  await until('samples in flight', () => /^In flight: [1-9]/m.test(home.progress()));
  home.killAgent();
  await ended;
  expect(home.committed()).toEqual([0, 100, 200, 300]);

  home.release();
  expect(await home.run('milepost resume results')).toEqual(well);
  expect(home.started()).toEqual([...tenBatches.slice(0, 5), ...tenBatches.slice(4)]);
  expect(home.progress()).toMatch(/1000\/1000 \(100%\)[\s\S]*COMPLETE/);
  expect(home.hashes()).toEqual(undisturbed.hashes());
}, 240_000);
