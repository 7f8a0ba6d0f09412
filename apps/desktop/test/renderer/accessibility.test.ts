import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sampleScreens } from '../sampleScreens.ts';
import { showScreen } from '../screens/showScreen.ts';
import { launchChromium } from './rendererPage.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RUN = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations, passes }) => ({
    passes: passes.length,
    violations: violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)),
  }))`;
const resultSchema = z.object({ passes: z.number(), violations: z.array(z.string()) });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

async function violations(page: Page): Promise<string[]> {
  // By the debugger: the page's own policy lets no script in.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', {
    expression: RUN,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const found = resultSchema.parse(result.value);
  expect(found.passes).toBeGreaterThan(10);
  return found.violations;
}

describe('axe finds nothing in', () => {
  it.each(sampleScreens)('$name', async (sample) => {
    const popover = await showScreen(browser, sample);
    const { page, errors } = popover;
    const light = await violations(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await violations(page);
    await popover.close();
    expect({ light, dark, errors }).toEqual({ light: [], dark: [], errors: [] });
  });
});
