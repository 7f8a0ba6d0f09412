import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../renderer/rendererPage.ts';
import { type Picture, readPng, smallPng } from './smallPng.ts';
import { shapeAsWindow } from './windowShape.ts';

// Chromium makes the files that are read here, and says what the files that are made here show.

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** A picture of a page with this body, 64 by 48. */
async function screenshot(body: string): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 64, height: 48 } });
  await page.setContent(`<body style="margin:0;background:#fff">${body}`);
  const png = await page.screenshot();
  await page.close();
  return png;
}

function pixel({ width, rgba }: Picture, x: number, y: number): number[] {
  return [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

const TEXT = '<p style="font:12px sans-serif;color:#036">Ag 12<b style="background:#f80">!</b>';

it('a picture of few colours is kept to the pixel, in fewer bytes', async () => {
  const png = await screenshot(TEXT);
  const before = readPng(png);
  expect([before.width, before.height]).toEqual([64, 48]);
  const small = smallPng(before);
  expect(small.length).toBeLessThan(png.length);
  const after = await screenshot(
    `<img style="display:block" src="data:image/png;base64,${small.toString('base64')}">`,
  );
  expect(readPng(after).rgba).toEqual(before.rgba);
  expect(smallPng(before)).toEqual(small);
});

it('of many colours the nearest of 256 are shown', async () => {
  const before = readPng(
    await screenshot(
      '<div style="height:48px;background:linear-gradient(to right bottom,#f00,#00f 50%,#0f0)">',
    ),
  );
  const small = smallPng(before);
  const after = readPng(
    await screenshot(`<img style="display:block" src="data:image/png;base64,${small.toString('base64')}">`),
  );
  const off = before.rgba.map((value, at) => Math.abs(value - (after.rgba[at] ?? 0)));
  expect(Math.max(...off)).toBeLessThan(16);
});

it('a window has round corners and an edge; all else is as it was', async () => {
  const before = readPng(await screenshot(TEXT));
  const shaped = shapeAsWindow({ ...before, rgba: before.rgba.slice() }, 'light');
  expect(pixel(shaped, 0, 0)[3]).toBe(0);
  expect(pixel(shaped, 63, 47)[3]).toBe(0);
  const [edge = 255, , , alpha] = pixel(shaped, 32, 0);
  expect([edge < 255, alpha]).toEqual([true, 255]);
  for (const [x, y] of [
    [32, 24],
    [8, 20],
    [61, 24],
  ] as const) {
    expect(pixel(shaped, x, y)).toEqual(pixel(before, x, y));
  }
});

it('refuses what no browser makes', async () => {
  const png = await screenshot('');
  png[24] = 16;
  expect(() => readPng(png)).toThrow('Not a PNG that a browser makes.');
});
