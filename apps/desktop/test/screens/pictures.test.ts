import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { APP_ROOT } from '../driver/build.ts';
import { sampleScreens } from '../sampleScreens.ts';
import { MENU_BAR, pictureName, SCHEMES, screensReadme } from './screensReadme.ts';

const FOLDER = join(APP_ROOT, '../../docs/screens');

it('docs/screens has a picture of every screen, light and dark, and none that is left over', async () => {
  const names = sampleScreens.map(({ name }) => name);
  expect(new Set(names).size, 'two screens of one name').toBe(names.length);
  const wanted = [MENU_BAR, ...names].flatMap((name) => SCHEMES.map((scheme) => pictureName(name, scheme)));
  const there = (await readdir(FOLDER)).filter((name) => name !== 'README.md');
  expect(there.sort(), '`npm run screens` takes them anew').toEqual(wanted.sort());
});

it('docs/screens/README.md shows them all', async () => {
  expect(await readFile(join(FOLDER, 'README.md'), 'utf8')).toBe(screensReadme());
});
