import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPython } from '../python.mjs';
import { projectRoot } from '../runScript.mjs';
import { makeExampleHome } from './exampleHome.mjs';

// The pages on batches and on commands, run line by line in the order in which they are read.

/** @type {Awaited<ReturnType<typeof makeExampleHome>>} */
let home;
beforeAll(async () => {
  home = await makeExampleHome('dataset', {
    name: 'python3',
    file: findPython(['numpy']) ?? '/usr/bin/python3',
    held: 'exit 1',
  });
});
afterAll(() => home?.remove());

/** @param {string} page */
const linesOf = (page) =>
  [...readFileSync(join(projectRoot, 'docs', page), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(
    ([, block]) =>
      (block ?? '')
        .replaceAll(/\\\n\s*/g, ' ')
        .split('\n')
        .filter(Boolean),
  );

it.each(['batches.md', 'commands.md'])('every command of docs/%s does its work', async (page) => {
  const lines = linesOf(page);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) {
    const { code, said } = await home.run(line);
    expect({ line, code, said }).toEqual({ line, code: 0, said: expect.any(String) });
  }
  expect(home.progress()).toMatch(/^Progress: 1200\/1200 \(100%\)[\s\S]*^Status: COMPLETE$/m);
});
