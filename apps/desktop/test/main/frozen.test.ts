import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FROZEN_V1, readFrozen } from '@milepost/testing/frozen';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSettings } from '../../src/main/settings.ts';

// The settings that the app of version 1 wrote: fixtures/v1/README.md of tests/support.

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
let temp: Awaited<ReturnType<typeof makeTempDir>>;
let path: string;
beforeEach(async () => {
  temp = await makeTempDir();
  path = join(temp.path, 'settings.json');
  await copyFile(join(FROZEN_V1, 'app/settings.json'), path);
});
afterEach(() => temp.remove());

it('are all there, and written as the same bytes', async () => {
  const text = await readFrozen('app/settings.json');
  const settings = await openSettings(path, NOW);
  expect(settings.notices()).toEqual([]);
  expect(settings.current()).toEqual(JSON.parse(text));
  expect(await settings.change((before) => ({ ...before, paused: true }))).toBeNull();
  expect(await settings.change((before) => ({ ...before, paused: false }))).toBeNull();
  expect(await readFile(path, 'utf8')).toBe(text);
});

it('of a version that is not known yet are refused and kept', async () => {
  const newer = (await readFrozen('app/settings.json')).replace('"version": 1', '"version": 2');
  await writeFile(path, newer);
  const settings = await openSettings(path, NOW);
  expect(settings.notices()).toMatchObject([{ kind: 'settings-newer' }]);
  expect(JSON.stringify(settings.notices())).toContain('newer Milepost');
  expect(await readFile(path, 'utf8')).toBe(newer);
});
