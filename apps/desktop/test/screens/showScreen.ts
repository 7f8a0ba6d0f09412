import type { Browser } from 'playwright-core';
import { openRenderer, type RendererPage } from '../renderer/rendererPage.ts';
import { NOW } from '../sampleViews.ts';
import { type SampleScreen, sampleAnswers } from './sampleScreen.ts';

/** Opens the popover's page and brings it to the state that the sample is. */
export async function showScreen(
  browser: Browser,
  { view, screen, focus = null, answers, act }: SampleScreen,
  look: { maxHeightPx?: number; systemFont?: Buffer } = {},
): Promise<RendererPage> {
  const popover = await openRenderer(browser, {
    opening: { view, visible: true, focus, translucent: false, screen },
    answers: { ...sampleAnswers, ...answers },
    now: NOW,
    // What moves would be seen and measured at any moment of its way.
    reducedMotion: 'reduce',
    ...look,
  });
  await popover.page.locator('.popover').waitFor();
  await act?.(popover.page);
  return popover;
}
