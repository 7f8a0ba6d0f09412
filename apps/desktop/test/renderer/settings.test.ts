import { waitFor } from '@milepost/testing/waitFor';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AppView, Opening } from '../../src/bridge/view.ts';
import { strings } from '../../src/strings.ts';
import { checks, foundHosts, sampleSetup } from '../sampleSetups.ts';
import { NOW, sampleJob, sampleSettings, sampleView } from '../sampleViews.ts';
import { type Answers, launchChromium, openRenderer, type RendererPage } from './rendererPage.ts';

let browser: Browser;
let popover: RendererPage | undefined;
beforeAll(async () => {
  browser = await launchChromium();
});
afterEach(async () => {
  expect(popover?.errors).toEqual([]);
  await popover?.close();
  popover = undefined;
});
afterAll(() => browser.close());

const text = strings.settings;
const watch = { key: 'gpu-1:~/run/PROGRESS.txt', path: '~/run/PROGRESS.txt', resumeCommand: 'sh go.sh' };
const settings = sampleSettings({ hosts: [{ id: 'gpu-1', name: 'gpu-1', watches: [watch] }] });

async function show(
  changes: Partial<AppView['settings']> = {},
  screen: Opening['screen'] = 'settings',
  answers: Answers = {},
): Promise<RendererPage> {
  const view = sampleView([sampleJob()], { settings: { ...settings, ...changes } });
  const saved = (): unknown => ({ kind: 'saved' });
  popover = await openRenderer(browser, {
    opening: { view, visible: true, focus: null, translucent: false, screen },
    answers: {
      changeSettings: saved,
      removeHost: saved,
      addWatch: saved,
      removeWatch: saved,
      resetSettings: saved,
      startSetup: saved,
      findHosts: () => foundHosts,
      ...answers,
    },
    now: NOW,
  });
  await popover.page.locator('.popover').waitFor();
  return popover;
}

function callsOf({ calls }: RendererPage, name: string): unknown[] {
  return calls.filter((call) => call.name === name).map((call) => call.body);
}

describe('general settings', () => {
  it('are changed one by one', async () => {
    const shown = await show();
    const { page } = shown;
    await page.getByLabel(text.menuBar).selectOption({ label: text.menuBarStyles.icon });
    await page.getByLabel(text.poll).selectOption({ label: 'Every 2 min' });
    await page.getByLabel(text.textSize).selectOption({ label: '150%' });
    await page.getByRole('switch', { name: text.pause }).click();
    await page.getByRole('switch', { name: text.launchAtLogin }).click();
    expect(callsOf(shown, 'changeSettings')).toEqual([
      { menuBar: 'icon' },
      { runningSeconds: 120 },
      { textPercent: 150 },
      { paused: true },
      { launchAtLogin: true },
    ]);
  });

  it('keep a poll interval that only the file can have', async () => {
    const { page } = await show({ runningSeconds: 7 });
    expect(await page.getByLabel(text.poll).locator('option:checked').textContent()).toBe('Every 7 s');
  });

  it('tell that starting at login needs approval, and don’t offer what the system has not', async () => {
    const { page, push } = await show({ launchAtLogin: 'needs-approval' });
    await page.getByText(text.needsApproval).waitFor();
    expect(await page.getByRole('switch', { name: text.launchAtLogin }).isChecked()).toBe(true);
    await push('view', sampleView([], { settings: sampleSettings({ launchAtLogin: 'unavailable' }) }));
    await page.getByRole('switch', { name: text.launchAtLogin }).waitFor({ state: 'detached' });
  });

  it('a change that could not be saved goes back and is told', async () => {
    const problem = { kind: 'settings-not-written', what: 'The disk is full.', next: 'Make room.' };
    const shown = await show({}, 'settings', { changeSettings: () => ({ kind: 'failed', problem }) });
    const { page } = shown;
    await page.getByRole('switch', { name: text.pause }).click();
    await page.getByRole('alert').getByText(problem.what).waitFor();
    expect(await page.getByRole('switch', { name: text.pause }).isChecked()).toBe(false);
    // Also once the window has made room for it.
    const heights = (): number => callsOf(shown, 'fitHeight').length;
    const before = heights();
    await page.getByRole('switch', { name: strings.alerts.on }).click();
    await page.getByRole('button', { name: text.reset }).click();
    await waitFor('another height', () => heights() > before);
    expect(await page.getByRole('alert').count()).toBe(1);
  });
});

describe('a host’s settings', () => {
  it('list what is watched by path, and stop watching one', async () => {
    const shown = await show();
    const { page } = shown;
    await page.getByRole('button', { name: /^gpu-1/ }).click();
    await page.getByText(watch.path).waitFor();
    await page.getByText(text.host.resumedBy('sh go.sh')).waitFor();
    await page.getByRole('button', { name: text.host.removeWatchLabel(watch.path) }).click();
    expect(callsOf(shown, 'removeWatch')).toEqual([{ watchKey: watch.key }]);
    const add = page.getByRole('button', { name: text.host.addWatch });
    await waitFor('the focus', () => add.evaluate((own) => own === document.activeElement));
  });

  it('take one more, by keys alone; Escape takes the form away and not the screen', async () => {
    const shown = await show();
    const { page } = shown;
    await page.getByRole('button', { name: /^gpu-1/ }).press('Enter');
    const add = page.getByRole('button', { name: text.host.addWatch });
    await add.press('Enter');
    await page.keyboard.press('Escape');
    await waitFor('the focus', () => add.evaluate((own) => own === document.activeElement));
    await page.keyboard.press('Enter');
    await page.keyboard.type('~/b');
    await page.keyboard.press('Tab');
    await page.keyboard.type('sh b.sh');
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'addWatch').length === 1);
    expect(callsOf(shown, 'addWatch')).toEqual([{ hostId: 'gpu-1', path: '~/b', resumeCommand: 'sh b.sh' }]);
    await waitFor('the focus', () => add.evaluate((own) => own === document.activeElement));
  });

  it('lead to its connection, step by step, and back to where they were', async () => {
    const shown = await show();
    const { page, push } = shown;
    await page.getByRole('button', { name: /^gpu-1/ }).click();
    const check = page.getByRole('button', { name: text.host.checkLabel('gpu-1') });
    await check.click();
    await waitFor('the call', () => callsOf(shown, 'startSetup').length === 1);
    expect(callsOf(shown, 'startSetup')).toEqual([{ hostId: 'gpu-1' }]);
    const setup = sampleSetup(checks.whole, { watched: true });
    await push('view', sampleView([], { settings, setup }));
    await page.getByRole('button', { name: strings.setup.finish.done }).click();
    await waitFor('the call', () => callsOf(shown, 'endSetup').length === 1);
    await waitFor('the focus', () => check.evaluate((own) => own === document.activeElement));
  });

  it('remove it after a question that has the keyboard on Cancel', async () => {
    const shown = await show();
    const { page } = shown;
    await page.getByRole('button', { name: /^gpu-1/ }).click();
    const remove = page.getByRole('button', { name: text.host.remove });
    await remove.press('Enter');
    await page.getByText(text.host.removeQuestion('gpu-1')).waitFor();
    await page.keyboard.press('Enter');
    await waitFor('the focus', () => remove.evaluate((own) => own === document.activeElement));
    expect(callsOf(shown, 'removeHost')).toEqual([]);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'removeHost').length === 1);
    await page.getByRole('heading', { name: strings.screens.settings }).waitFor();
  });
});

describe('a reset', () => {
  it('asks first; Escape is no, and the screen stays', async () => {
    const shown = await show();
    const { page } = shown;
    const reset = page.getByRole('button', { name: text.reset });
    await reset.click();
    await page.getByText(text.resetQuestion).waitFor();
    await page.keyboard.press('Escape');
    await waitFor('the focus', () => reset.evaluate((own) => own === document.activeElement));
    await page.getByRole('heading', { name: strings.screens.settings }).waitFor();
    expect(callsOf(shown, 'resetSettings')).toEqual([]);
    await reset.click();
    await page.getByRole('button', { name: text.resetConfirm, exact: true }).click();
    await waitFor('the call', () => callsOf(shown, 'resetSettings').length === 1);
    await page.getByRole('article', { name: 'dataset' }).waitFor();
  });
});

describe('paused polling', () => {
  it('is said above the jobs and below, and ended there', async () => {
    const shown = await show({ paused: true }, 'jobs');
    const { page } = shown;
    await page.getByText(text.paused).waitFor();
    expect(await page.locator('.footer').textContent()).toContain(strings.footer.paused);
    expect(await page.getByRole('button', { name: strings.footer.pollNow }).count()).toBe(0);
    await page.getByRole('button', { name: text.goOn }).click();
    expect(callsOf(shown, 'changeSettings')).toEqual([{ paused: false }]);
  });
});

it('coming back, the keyboard is where it was', async () => {
  const { page } = await show({}, 'jobs');
  const gear = page.getByRole('button', { name: strings.screens.settings });
  await gear.click();
  const host = page.getByRole('button', { name: /^gpu-1/ });
  await host.click();
  await page.keyboard.press('Escape');
  await waitFor('the focus', () => host.evaluate((own) => own === document.activeElement));
  await page.keyboard.press('Escape');
  await waitFor('the focus', () => gear.evaluate((own) => own === document.activeElement));
});

describe('text at 200 %', () => {
  it.each(['settings', 'add-host', 'jobs'] as const)(
    'fits the width that the window then has: %s',
    async (screen) => {
      const shown = await show({ textPercent: 200 }, screen);
      const { page } = shown;
      await page.setViewportSize({ width: 720, height: 700 });
      const heading = page.locator('h1, h2').first();
      await heading.waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(720);
      const at200 = await heading.evaluate((own) => own.getBoundingClientRect().height);
      await shown.push('view', sampleView([sampleJob()], { settings }));
      await waitFor('text of the usual size', async () => {
        const at100 = await heading.evaluate((own) => own.getBoundingClientRect().height);
        return Math.abs(at200 - 2 * at100) < 2;
      });
      // What main is told of the height is what the window needs; the page tells it a moment after it has changed.
      await waitFor('the heights of both', () => {
        const told = callsOf(shown, 'fitHeight').map((body) => Object(body).heightPx);
        return Math.max(...told) > 1.7 * Math.min(...told);
      });
    },
  );
});
