import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram } from '../findProgram.mjs';
import { makeExampleHome, until } from './exampleHome.mjs';

const awk = {
  name: 'awk',
  file: findProgram('awk') ?? '/usr/bin/awk',
  // Prints a part of its lines, and then no more.
  held: '"$program" "$@" | head -n 500; while [ -e "$hold" ]; do sleep 0.05; done; exit 1',
};

// `said` stands in it so that a failure shows it.
const well = { code: 0, said: expect.any(String) };

/** @typedef {Awaited<ReturnType<typeof makeExampleHome>>} ExampleHome */
/** @type {ExampleHome} */
let undisturbed;
/** @type {ExampleHome} */
let killed;

beforeAll(async () => {
  undisturbed = await makeExampleHome('wordcount', awk);
  killed = await makeExampleHome('wordcount', awk);
});
afterAll(() => {
  undisturbed?.remove();
  killed?.remove();
});

const tenBatches = Array.from({ length: 10 }, (_, batch) => batch * 2000);

it("the README's own commands count the words of every line", async () => {
  expect(await undisturbed.run(undisturbed.readmeCommand())).toEqual(well);
  expect(undisturbed.progress()).toMatch(/20000\/20000 \(100%\)[\s\S]*COMPLETE/);
  expect(Object.keys(undisturbed.hashes())).toEqual([
    ...tenBatches.map((first) => `checkpoint_${String(first).padStart(5, '0')}.jsonl`),
    'wordcount.jsonl',
  ]);
  const text = readFileSync(join(undisturbed.cwd, 'text.txt'), 'utf8');
  const expected = text
    .split('\n')
    .slice(0, -1)
    .map((line, at) => ({ line: at + 1, words: line.split(' ').filter(Boolean).length }));
  const counted = readFileSync(join(undisturbed.results, 'wordcount.jsonl'), 'utf8');
  expect(
    counted
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  ).toEqual(expected);
  expect(expected).toHaveLength(20_000);
  expect(new Set(expected.map(({ words }) => words)).size).toBeGreaterThan(10);
});

it('killed and resumed it gives the same bytes, and counts nothing saved again', async () => {
  const home = killed;
  home.holdFrom(8000);
  const ended = home.start(home.readmeCommand());
  await until('four batches to be saved', () => home.completed() === 8000);
  await until('the fifth to run', () => home.started().includes(8000));
  home.killAgent();
  await ended;
  expect(home.committed()).toEqual([0, 2000, 4000, 6000]);

  home.release();
  expect(await home.run('milepost resume wordcount')).toEqual(well);
  expect(home.started()).toEqual([...tenBatches.slice(0, 5), ...tenBatches.slice(4)]);
  expect(home.progress()).toMatch(/20000\/20000 \(100%\)[\s\S]*COMPLETE/);
  expect(home.hashes()).toEqual(undisturbed.hashes());
}, 240_000);

it('a text that is shorter than was said fails its batch, and is no result', async () => {
  const home = await makeExampleHome('wordcount', awk);
  try {
    const command = home.readmeCommand().replace('text.sh 20000', 'text.sh 19999');
    expect(command).not.toBe(home.readmeCommand());
    const run = command.replace('milepost run', 'milepost run --retries 0');
    expect(await home.run(run)).toEqual({ ...well, code: 1 });
    expect(home.progress()).toMatch(/18000\/20000[\s\S]*FAILED/);
  } finally {
    home.remove();
  }
});

it('the text is the same each time and a longer one begins as a shorter one; what is no number is refused', async () => {
  const home = undisturbed;
  expect(await home.run('sh text.sh 300 >../long; sh text.sh 300 | cmp - ../long')).toEqual({
    code: 0,
    said: '',
  });
  expect(await home.run('sh text.sh 20 >../short; head -n 20 ../long | cmp - ../short')).toEqual({
    code: 0,
    said: '',
  });
  for (const lines of ['', 'many', '-3']) {
    expect(await home.run(`sh text.sh ${lines}`)).toEqual({ code: 2, said: 'Usage: sh text.sh LINES\n' });
  }
});
