import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { POPOVER_WIDTH } from '../../src/main/popoverPlace.ts';
import { sampleScreens } from '../sampleScreens.ts';
import { inLargeText } from '../screens/sampleScreen.ts';
import { showScreen } from '../screens/showScreen.ts';
import { launchChromium } from './rendererPage.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** All rules; or those that look at colours alone, for a second look at the same page in other colours. */
const RULES = {
  all: "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']",
  colours: "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }",
};
const run = (rules: string): string => `axe.run(document, { runOnly: ${rules} })
  .then(({ violations, passes }) => ({
    checked: passes.reduce((sum, { nodes }) => sum + nodes.length, 0),
    violations: violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)),
  }))`;
const resultSchema = z.object({ checked: z.number(), violations: z.array(z.string()) });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

async function violations(page: Page, rules: keyof typeof RULES): Promise<string[]> {
  // By the debugger: the page's own policy lets no script in.
  const session = await page.context().newCDPSession(page);
  const { result: there } = await session.send('Runtime.evaluate', { expression: 'typeof axe' });
  if (there.value === 'undefined') await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', {
    expression: run(RULES[rules]),
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const found = resultSchema.parse(result.value);
  expect(found.checked).toBeGreaterThan(rules === 'all' ? 20 : 2);
  return found.violations;
}

/** What is cut off or leads out of the window at one of its sides; text that ends in an ellipsis does neither. */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const scrollers = [root, ...document.querySelectorAll('.scroller, .log, .lines')];
    const wide = scrollers.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    const cut = [...document.querySelectorAll('button, input, select, label')].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      const isShort = element.matches('button:not(.choice)') && element.scrollWidth > element.clientWidth + 1;
      return left < 0 || right > root.clientWidth + 1 || isShort;
    });
    return [...wide, ...cut].map(
      (element) => `${element.tagName} ${element.className} ${element.textContent}`,
    );
  });
}

describe('axe finds nothing, and nothing is cut off, in', () => {
  it.each(sampleScreens)('$name', async (sample) => {
    const popover = await showScreen(browser, sample);
    const { page, errors } = popover;
    const light = await violations(page, 'all');
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await violations(page, 'colours');
    const cut = await sideways(page);
    await page.setViewportSize({ width: 2 * POPOVER_WIDTH, height: 700 });
    await popover.push('view', inLargeText(sample.view));
    await page.locator('[data-text="200"]').waitFor();
    const cutInLargeText = await sideways(page);
    await popover.close();
    expect({ light, dark, cut, cutInLargeText, errors }).toEqual({
      light: [],
      dark: [],
      cut: [],
      cutInLargeText: [],
      errors: [],
    });
  });
});
