import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../runScript.mjs';

const page = readFileSync(join(projectRoot, 'docs/security.md'), 'utf8');
const named = [...page.matchAll(/`([\w./-]+\.test\.(?:ts|mjs)): ([^`]+)`/g)].map(
  ([, file = '', title = '']) => ({
    file,
    title,
  }),
);

it('docs/security.md names tests that are there', () => {
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(({ file, title }) => {
    const path = join(projectRoot, file);
    if (!existsSync(path)) return true;
    // As a title stands in a source: between quotes, alone or as the beginning of a longer one.
    return !readFileSync(path, 'utf8').includes(`'${title}`);
  });
  expect(missing).toEqual([]);
});

it("docs/security.md goes through the whole of Electron's checklist, each item with a test", () => {
  const rows = [...page.matchAll(/^\| (\d+) .*$/gm)].map(([row, item]) => ({
    item: Number(item),
    tests: row.match(/\.test\.ts: /g)?.length ?? 0,
  }));
  expect(rows.map(({ item }) => item)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  expect(rows.filter(({ tests }) => tests === 0)).toEqual([]);
});
