import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ensureAppBuilt } from '../../../../scripts/ensureBuilt.mjs';
import { APP_ROOT } from '../driver/build.ts';
import { launchChromium } from '../renderer/rendererPage.ts';
import { sampleScreens } from '../sampleScreens.ts';
import { menuBarStrip } from './menuBar.ts';
import type { SampleScreen } from './sampleScreen.ts';
import { MENU_BAR, pictureName, SCHEMES, type Scheme, screensReadme } from './screensReadme.ts';
import { showScreen } from './showScreen.ts';
import { readPng, smallPng } from './smallPng.ts';
import { shapeAsWindow } from './windowShape.ts';

// `npm run screens`: takes every picture of docs/screens anew. Names of screens as arguments: only these.

const FOLDER = join(APP_ROOT, '../../docs/screens');
/** As much of a small MacBook's screen as lies below its menu bar. */
const MAX_HEIGHT_PX = 860;
const AT_ONCE = 2;

const systemFont = await readFile(
  createRequire(join(APP_ROOT, 'package.json')).resolve(
    '@fontsource-variable/inter/files/inter-latin-opsz-normal.woff2',
  ),
);
const wanted = process.argv.slice(2);
const unknown = wanted.filter(
  (name) => name !== MENU_BAR && !sampleScreens.some((each) => each.name === name),
);
if (unknown.length > 0) {
  console.error(`No screen is called ${unknown.join(', ')}; see apps/desktop/test/sampleScreens.ts.`);
  process.exit(2);
}

await ensureAppBuilt();
await mkdir(FOLDER, { recursive: true });
const browser = await launchChromium();
const made = new Map<string, Buffer>();
try {
  const queue = sampleScreens.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await take(browser, next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (wanted.length === 0 || wanted.includes(MENU_BAR)) {
    for (const scheme of SCHEMES) keep(MENU_BAR, scheme, await menuBarStrip(browser, scheme, systemFont));
  }
} finally {
  await browser.close();
}
for (const [name, file] of made) await writeFile(join(FOLDER, name), file);
await writeFile(join(FOLDER, 'README.md'), screensReadme());
if (wanted.length === 0) {
  const left = (await readdir(FOLDER)).filter((name) => name.endsWith('.png') && !made.has(name));
  for (const name of left) await rm(join(FOLDER, name));
}
const bytes = [...made.values()].reduce((sum, file) => sum + file.length, 0);
console.log(`${made.size} pictures, ${(bytes / 1e6).toFixed(1)} MB, in docs/screens`);

async function take(within: Browser, sample: SampleScreen): Promise<void> {
  const { page, errors, close } = await showScreen(within, sample, {
    maxHeightPx: MAX_HEIGHT_PX,
    systemFont,
  });
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    keep(sample.name, scheme, await settled(page, sample.name));
  }
  await close();
  if (errors.length > 0) throw new Error(`${sample.name} said on its console: ${errors.join('; ')}`);
}

function keep(name: string, scheme: Scheme, png: Buffer): void {
  made.set(pictureName(name, scheme), smallPng(shapeAsWindow(readPng(png), scheme)));
}

/** A picture of the page once it no longer changes: fonts are there, and the window has taken its height. */
async function settled(page: Page, name: string): Promise<Buffer> {
  let before: Buffer | null = null;
  for (let tries = 0; tries < 40; tries += 1) {
    await page.evaluate(() => document.fonts.ready.then(() => null));
    const picture = await page.screenshot({ animations: 'disabled' });
    if (before?.equals(picture)) return picture;
    before = picture;
  }
  throw new Error(`${name} never stands still.`);
}
