import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appIsBuilt, buildApp } from '../buildApp.mjs';
import { projectRoot } from '../runScript.mjs';

// The app can be started at any moment, also while somebody else builds it.

let dir = '';
let out = '';
beforeEach(() => {
  const results = join(projectRoot, 'apps/desktop/.test-results');
  mkdirSync(results, { recursive: true });
  dir = mkdtempSync(join(results, 'build-'));
  out = join(dir, 'out');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('is whole for whoever starts it while several builds go on', async () => {
  expect(await appIsBuilt(out)).toBe(false);
  const files = await buildApp(out);
  const built = files.map((file) => readFileSync(file, 'utf8'));
  // Of a source that is gone, and of a build without a stamp.
  writeFileSync(join(out, 'main/old.js'), '');
  writeFileSync(join(out, 'main/index.js'), 'export {};\n');
  expect(await appIsBuilt(out)).toBe(false);

  let building = true;
  const builds = Promise.all([buildApp(out), buildApp(out)]).finally(() => {
    building = false;
  });
  let looks = 0;
  for (; building; looks += 1) {
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    await turn();
  }
  expect(await builds).toEqual([files, files]);
  expect(looks).toBeGreaterThan(100);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(built);
  expect(existsSync(join(out, 'main/old.js'))).toBe(false);
  expect(await appIsBuilt(out)).toBe(true);
  // Nothing is left of a build beside it.
  expect(readdirSync(join(dir, 'dist'))).toEqual([]);

  rmSync(join(out, 'renderer/index.html'));
  expect(await appIsBuilt(out)).toBe(false);
});
