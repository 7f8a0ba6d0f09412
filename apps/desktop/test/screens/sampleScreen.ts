import type { Page } from 'playwright-core';
import type { AppView, Opening } from '../../src/bridge/view.ts';
import type { Answers } from '../renderer/rendererPage.ts';
import { foundHosts } from '../sampleSetups.ts';
import { NOW, sampleSettings, sampleView } from '../sampleViews.ts';

// One state of one of the popover's screens, for tests and pictures.

export interface SampleScreen {
  /** Also the name of its pictures. */
  name: string;
  /** What is to be seen, for whoever looks at the pictures. */
  caption: string;
  view: AppView;
  screen: Opening['screen'];
  focus?: Opening['focus'];
  /** What main answers here, besides {@link sampleAnswers}. */
  answers?: Answers;
  /** What a person does to come there. */
  act?: (page: Page) => Promise<void>;
}

/** Main's word for a question that it never answers. */
export const never = (): Promise<never> => new Promise(() => {});

/** What main answers on these screens. */
export const sampleAnswers: Answers = {
  findHosts: () => foundHosts,
  startSetup: () => ({ kind: 'saved' }),
  readLog: () => ({
    kind: 'lines',
    lines: [
      'batch 9: samples 18000 to 19999',
      'loaded weights in 4.1 s',
      'batch 9 done in 143.7 s',
      'batch 10: samples 20000 to 21999',
      'loaded weights in 4.0 s',
      '640/2000',
    ],
    cut: true,
  }),
  readCheckpoints: () => ({
    kind: 'checkpoints',
    newest: Array.from({ length: 10 }, (_, at) => ({
      file: `checkpoint_${String(18_000 - 2000 * at).padStart(5, '0')}.npz`,
      first: 18_000 - 2000 * at,
      items: 2000,
      bytes: 40_100_000 - 137_000 * at,
      savedHostAt: NOW - 46_000 - 144_000 * at,
    })),
    count: 10,
    bytes: 394_800_000,
  }),
  readRuns: () => [
    { id: 'b', outcome: 'interrupted', endedAt: NOW - 1_500_000, completed: 8000, total: 30_000, unit: null },
    { id: 'a', outcome: 'stopped', endedAt: NOW - 90_000_000, completed: 2000, total: 30_000, unit: null },
  ],
};

export const noHosts = sampleView([], { hosts: [], settings: sampleSettings({ hosts: [] }) });

/** Presses the first button of each name, one after the other. */
export function press(...names: (string | RegExp)[]): (page: Page) => Promise<void> {
  return async (page) => {
    for (const name of names) await page.getByRole('button', { name }).first().click();
  };
}

/** The view in the largest text. */
export function inLargeText(view: AppView): AppView {
  return { ...view, settings: { ...view.settings, textPercent: 200 } };
}
