import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../runScript.mjs';

it('docs/architecture.md names only files that exist', () => {
  const text = readFileSync(join(projectRoot, 'docs/architecture.md'), 'utf8');
  const named = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.\w+)`/g)].flatMap(([, path]) =>
    path ? [path] : [],
  );
  expect(named.length, 'the page names the files that matter').toBeGreaterThan(20);
  const missing = named.filter((path) => !existsSync(join(projectRoot, path)));
  expect(missing, 'named in docs/architecture.md, but not there').toEqual([]);
});
