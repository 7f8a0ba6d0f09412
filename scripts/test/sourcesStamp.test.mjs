import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sourcesStamp, stampLine, stampOf } from '../sourcesStamp.mjs';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-stamp-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('changes with a source, its name, or a new one', async () => {
  const stamp = () => sourcesStamp(['src', 'lock.yaml'], dir);
  mkdirSync(join(dir, 'src/commands'), { recursive: true });
  const stamps = [await stamp()];
  writeFileSync(join(dir, 'src/main.ts'), '1');
  stamps.push(await stamp());
  writeFileSync(join(dir, 'src/main.ts'), '2');
  stamps.push(await stamp());
  writeFileSync(join(dir, 'src/commands/run.ts'), '2');
  stamps.push(await stamp());
  writeFileSync(join(dir, 'lock.yaml'), '2');
  stamps.push(await stamp());
  expect(new Set(stamps).size).toBe(stamps.length);
  writeFileSync(join(dir, 'README.md'), 'no source');
  expect(await stamp()).toBe(stamps.at(-1));
});

it('is read from a built file, and from nothing else', async () => {
  const stamp = await sourcesStamp(['.'], dir);
  writeFileSync(join(dir, 'new.mjs'), `#!/usr/bin/env node\n${stampLine(stamp)}\n`);
  expect(await stampOf(join(dir, 'new.mjs'))).toBe(stamp);
  expect(await stampOf(join(dir, 'nothing.mjs'))).toBeUndefined();
  writeFileSync(join(dir, 'old.mjs'), '#!/usr/bin/env node\n');
  expect(await stampOf(join(dir, 'old.mjs'))).toBeUndefined();
});
