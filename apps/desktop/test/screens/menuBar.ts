import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type TrayFace, trayFace } from '../../src/main/trayTitle.ts';
import { APP_ROOT } from '../driver/build.ts';
import { completeJob, interruptedJob, NOW, sampleHost, sampleJob, sampleView } from '../sampleViews.ts';

// The menu bar as it stands over the popover: each state of the icon with the title that goes with it.

const problem = { kind: 'timeout', what: 'gpu-1 does not answer.', next: null };
const offline = sampleHost({ link: { kind: 'unreachable', sinceAt: NOW, nextTryAt: null, problem } });

const STATES: readonly { words: string; face: TrayFace }[] = [
  { words: 'idle', face: trayFace(viewOf([]), NOW) },
  { words: 'running', face: trayFace(viewOf([sampleJob()]), NOW) },
  { words: 'problem', face: trayFace(viewOf([interruptedJob()]), NOW) },
  { words: 'done', face: trayFace(viewOf([completeJob()]), NOW) },
  { words: 'offline', face: trayFace({ ...viewOf([]), hosts: [offline] }, NOW) },
];

function viewOf(jobs: Parameters<typeof sampleView>[0]) {
  return { ...sampleView(jobs), problem: null };
}

const LOOKS = {
  light: { bar: '#e9e9ec', ink: '#000', words: '#5a5a60' },
  dark: { bar: '#2b2b2f', ink: '#fff', words: '#a5a5ab' },
} as const;

/** A PNG of the strip. */
export async function menuBarStrip(
  browser: Browser,
  scheme: 'light' | 'dark',
  systemFont: Buffer,
): Promise<Buffer> {
  const { bar, ink, words } = LOOKS[scheme];
  const items = await Promise.all(
    STATES.map(async ({ words: state, face: { icon, title } }) => {
      const name = `tray${icon.slice(0, 1).toUpperCase()}${icon.slice(1)}Template@2x.png`;
      const png = await readFile(join(APP_ROOT, 'icons/tray', name), 'base64');
      // macOS takes a template image's shape alone, in the menu bar's own colour.
      const mask = `-webkit-mask: url(data:image/png;base64,${png}) center / 16px no-repeat`;
      return `<figure><div class="item"><i style="${mask}"></i>${title}</div><figcaption>${state}</figcaption></figure>`;
    }),
  );
  const context = await browser.newContext({ viewport: { width: 560, height: 48 }, deviceScaleFactor: 2 });
  try {
    const page = await context.newPage();
    await page.setContent(`<style>
      @font-face { font-family: System; font-weight: 100 900; src: url(data:font/woff2;base64,${systemFont.toString('base64')}); }
      body { margin: 0; background: ${bar}; font: 500 13px System; color: ${ink}; }
      main { display: flex; justify-content: space-between; padding: 0 18px; }
      figure { margin: 0; text-align: center; }
      .item { display: flex; padding-top: 3px; align-items: center; justify-content: center; gap: 4px; height: 24px; font-variant-numeric: tabular-nums; }
      i { width: 16px; height: 16px; background: ${ink}; }
      figcaption { height: 21px; font: 400 11px/22px System; color: ${words}; padding: 0 14px; }
    </style><main>${items.join('')}</main>`);
    await page.evaluate(() => document.fonts.ready.then(() => null));
    return await page.screenshot();
  } finally {
    await context.close();
  }
}
