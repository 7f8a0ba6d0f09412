import { waitFor } from '@milepost/testing/waitFor';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AppView, Opening } from '../../src/bridge/view.ts';
import { completeJob, interruptedJob, NOW, sampleHost, sampleJob, sampleView } from '../sampleViews.ts';
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

async function show(
  view: AppView,
  answers: Answers = {},
  focus: Opening['focus'] = null,
): Promise<RendererPage> {
  popover = await openRenderer(browser, {
    opening: { view, visible: true, focus, translucent: false, screen: 'jobs' },
    answers,
    now: NOW,
  });
  await popover.page.locator('.popover').waitFor();
  return popover;
}

function callsOf({ calls }: RendererPage, name: string): unknown[] {
  return calls.filter((call) => call.name === name).map((call) => call.body);
}

const render = interruptedJob();
const question = {
  jobKey: render.key,
  because: 'redo' as const,
  problem: null,
  plan: render.plan && {
    ...render.plan,
    answer: {
      ...render.plan.answer,
      redo: [{ first: 0, count: 2000, reason: 'checkpoint_00000.npz is 12 bytes short' }],
    },
  },
};

describe('a card', () => {
  it('shows a running job, with a bar that a screen reader can read', async () => {
    const { page } = await show(sampleView([sampleJob()]));
    const card = page.getByRole('article', { name: 'dataset' });
    const bar = card.getByRole('progressbar', { name: 'Progress of dataset' });
    expect(await bar.getAttribute('aria-valuenow')).toBe('66.6');
    expect(await bar.getAttribute('aria-valuetext')).toBe('66.6 percent, about 12 minutes left');
    for (const text of [
      'Running',
      'on gpu-1',
      '66.6%',
      '12 min left · ends 14:26',
      '20,000 / 30,000 samples',
      '46 s',
    ]) {
      expect(await card.textContent()).toContain(text);
    }
    expect(await card.getByRole('button', { name: /^Resume/ }).count()).toBe(0);
  });

  it('shows text from a host as text, whatever it holds', async () => {
    const nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const { page } = await show(
      sampleView([interruptedJob({ name: nasty, reason: `${'w'.repeat(5000)}${nasty}`, path: nasty })], {
        hosts: [sampleHost({ name: nasty })],
        notices: [{ kind: 'x', what: nasty, next: nasty }],
      }),
    );
    expect(await page.getByRole('heading', { name: nasty }).count()).toBe(1);
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    expect(await page.title()).toBe('Milepost');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
  });

  it('leads on from anywhere in its head, and its Dismiss does not', async () => {
    const shown = await show(sampleView([completeJob()]), { dismiss: () => ({ kind: 'saved' }) });
    const { page } = shown;
    await page.getByRole('button', { name: 'Dismiss tokens' }).click();
    await waitFor('the dismissal', () => callsOf(shown, 'dismiss').length === 1);
    const name = await page.getByRole('heading', { name: 'tokens' }).boundingBox();
    await page.mouse.click((name?.x ?? 0) + 4, (name?.y ?? 0) + 4);
    await page.getByRole('heading', { name: 'tokens', level: 1 }).waitFor();
    expect(await page.getByRole('region', { name: 'Log of tokens' }).count()).toBe(1);
  });

  it('says what a resume would do beside its button', async () => {
    const { page } = await show(sampleView([render]));
    expect(await page.getByRole('article').textContent()).toContain(
      'Keeps 12,000 frames · 18,000 to do · about 18 min',
    );
    expect(await page.getByRole('button', { name: 'Resume render' }).count()).toBe(1);
  });

  it('offers nothing for a file without an agent', async () => {
    const { page } = await show(sampleView([{ ...render, id: null, plan: null }]));
    const buttons = page.getByRole('article').getByRole('button', { name: /^(Resume|Stop)/ });
    expect(await buttons.count()).toBe(0);
  });
});

describe('Resume', () => {
  it('is one click, harmless while it goes on, until a new run is seen', async () => {
    let answer: (value: unknown) => void = () => {};
    const sent = new Promise((resolve) => {
      answer = resolve;
    });
    const shown = await show(sampleView([render]), { resume: () => sent });
    const { page, push } = shown;
    await page.getByRole('button', { name: 'Resume render' }).click();
    const busy = page.getByRole('button', { name: 'Resuming…' });
    await busy.waitFor();
    await busy.click({ force: true });
    answer({ kind: 'done' });
    // A poll that has not seen the new run yet changes nothing.
    await push('view', sampleView([{ ...render, seenAt: NOW - 1000 }]));
    await busy.click({ force: true });
    expect(await page.getByRole('article').textContent()).toContain('Resuming…');
    await push('view', sampleView([sampleJob({ key: render.key, name: 'render', runId: 'run-00000002' })]));
    await busy.waitFor({ state: 'detached' });
    expect(callsOf(shown, 'resume')).toEqual([{ jobKey: render.key, confirmed: false }]);
  });

  it('asks where main asks, and goes on only after a yes', async () => {
    const shown = await show(sampleView([render]), {
      resume: (body) =>
        JSON.stringify(body).includes('true') ? { kind: 'done' } : { kind: 'ask', question },
    });
    const { page } = shown;
    await page.getByRole('button', { name: 'Resume render' }).click();
    await page
      .getByText('2,000 saved frames must be done again: checkpoint_00000.npz is 12 bytes short')
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Resume render' }).click();
    await page.getByRole('button', { name: 'Resume anyway' }).click();
    await page.getByRole('button', { name: 'Resuming…' }).waitFor();
    expect(callsOf(shown, 'resume')).toEqual(
      [false, false, true].map((confirmed) => ({ jobKey: render.key, confirmed })),
    );
    // The Escape took the question away, not the popover.
    expect(callsOf(shown, 'hide')).toEqual([]);
  });

  it('says why it was refused, and can be pressed again', async () => {
    const problem = {
      kind: 'held',
      what: 'Another agent holds the job (pid 4711 on gpu-1).',
      next: 'Wait for it.',
    };
    const { page } = await show(sampleView([render]), { resume: () => ({ kind: 'refused', problem }) });
    await page.getByRole('button', { name: 'Resume render' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('Another agent holds the job');
    expect(await page.getByRole('button', { name: 'Resume render' }).count()).toBe(1);
  });

  it('asked for in a notification, opens with its question', async () => {
    const { page } = await show(sampleView([sampleJob(), render]), {}, { jobKey: render.key, question });
    await page.getByRole('button', { name: 'Resume anyway' }).waitFor();
    expect(await page.locator('.card.led h2').textContent()).toBe('render');
  });
});

describe('the list', () => {
  it('folds finished jobs away below the others, until they are dismissed', async () => {
    const done = completeJob();
    const shown = await show(sampleView([sampleJob(), done]), { dismiss: () => ({ kind: 'saved' }) });
    const { page } = shown;
    expect(await page.getByRole('article').count()).toBe(1);
    await page.getByRole('button', { name: 'Finished (1)', expanded: false }).click();
    await page.getByRole('article', { name: 'tokens' }).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await waitFor('the dismissal', () => callsOf(shown, 'dismiss').length === 1);
    expect(callsOf(shown, 'dismiss')).toEqual([{ jobKeys: [done.key] }]);
  });

  it('shows a finished job at once where a notification leads to it, or where there is no other', async () => {
    const done = completeJob();
    const led = { jobKey: done.key, question: null };
    const { page, push } = await show(sampleView([sampleJob(), done]), {}, led);
    await page.locator('.card.led').getByText('tokens').waitFor();
    await push('opened', {
      view: sampleView([done]),
      visible: true,
      focus: null,
      screen: 'jobs',
      translucent: false,
    });
    await page.getByRole('article', { name: 'dataset' }).waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'tokens' }).waitFor();
  });

  it('groups by host where there are several, the host with a problem first', async () => {
    const other = { ...render, hostId: 'gpu-2', key: 'gpu-2/render' };
    const hosts = [sampleHost(), sampleHost({ id: 'gpu-2', name: 'gpu-2' })];
    const { page } = await show(sampleView([other, sampleJob()], { hosts }));
    expect(await page.locator('.group-name').allTextContents()).toEqual(['gpu-2', 'gpu-1']);
    await page.getByRole('region', { name: 'Jobs on gpu-2' }).getByText('render').waitFor();
  });
});

describe('Stop', () => {
  const stopping = { kind: 'stopping' as const, startedAt: NOW, now: false };

  it('asks how, is sent once, and says so until a poll has seen the end', async () => {
    const shown = await show(sampleView([sampleJob()]), { stopJob: () => ({ kind: 'done' }) });
    const { page, push } = shown;
    await page.getByRole('button', { name: 'Stop dataset' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Stop dataset' }).click();
    await page.getByRole('button', { name: 'Finish the batch' }).click();
    await push('view', sampleView([sampleJob({ action: stopping })]));
    await page.getByText('Stops when the running batches are saved.').waitFor();
    expect(await page.getByRole('article').textContent()).toContain('Stopping…');
    await page.getByRole('button', { name: 'Stop now: dataset' }).click();
    await push('view', sampleView([sampleJob({ action: { ...stopping, now: true } })]));
    await page.getByText('The running batches are being ended.').waitFor();
    await page.getByRole('button', { name: 'Stopping…' }).click({ force: true });
    await push('view', sampleView([sampleJob({ state: 'stopped', endsAt: null })]));
    await page.getByRole('button', { name: 'Resume dataset' }).waitFor();
    const { key: jobKey } = sampleJob();
    expect(callsOf(shown, 'stopJob')).toEqual([
      { jobKey, now: false },
      { jobKey, now: true },
    ]);
    expect(callsOf(shown, 'hide')).toEqual([]);
  });

  it('says why it was refused', async () => {
    const problem = { kind: 'refused', what: 'The job is another person’s.', next: null };
    const { page } = await show(sampleView([sampleJob()]), { stopJob: () => ({ kind: 'refused', problem }) });
    await page.getByRole('button', { name: 'Stop dataset' }).click();
    await page.getByRole('button', { name: 'Finish the batch' }).click();
    await page.getByRole('alert').getByText('another person').waitFor();
  });
});

describe('the popover', () => {
  it('announces a change of state, and no percentages', async () => {
    const { page, push } = await show(sampleView([sampleJob()]));
    const status = page.getByRole('status');
    expect(await status.textContent()).toBe('');
    await push('view', sampleView([sampleJob({}, { completed: 21_000, percent: 70 })]));
    await page.getByText('70%').waitFor();
    expect(await status.textContent()).toBe('');
    await push('view', sampleView([sampleJob({ state: 'interrupted', endsAt: null })]));
    await waitFor('the announcement', async () => (await status.textContent()) === 'dataset: Interrupted');
  });

  it('hides on Escape', async () => {
    const shown = await show(sampleView([completeJob()]));
    await shown.page.keyboard.press('Escape');
    await waitFor('hide', () => callsOf(shown, 'hide').length === 1);
  });

  it('is used by keys alone: arrows between cards, Enter on Resume', async () => {
    const shown = await show(sampleView([render, sampleJob(), completeJob()]), {
      resume: () => ({ kind: 'done' }),
    });
    const { page } = shown;
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('.card')?.querySelector('h2')?.textContent);
    await waitFor('the first control to have the focus', async () => (await focused()) === 'render');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('dataset');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('render');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await waitFor('the resume', () => callsOf(shown, 'resume').length === 1);
  });

  it('shows a host in trouble with the one thing to do', async () => {
    const problem = { kind: 'unreachable', what: 'gpu-1 does not answer.', next: 'Check that it runs.' };
    const shown = await show(
      sampleView([], {
        hosts: [
          sampleHost({ link: { kind: 'unreachable', sinceAt: NOW, problem, nextTryAt: NOW + 120_000 } }),
        ],
      }),
    );
    const host = shown.page.getByRole('region', { name: 'gpu-1' });
    expect(await host.textContent()).toMatch(
      /next try in 2 min[\s\S]*gpu-1 does not answer\.[\s\S]*Check that it runs\./,
    );
    await host.getByRole('button', { name: 'Try now: gpu-1' }).click();
    await waitFor('the poll', () => callsOf(shown, 'pollNow').length === 1);
    expect(callsOf(shown, 'pollNow')).toEqual([{ hostId: 'gpu-1' }]);
  });

  it('teaches the first command where hosts answer and have no job', async () => {
    const shown = await show(sampleView([]));
    expect(await shown.page.locator('code').textContent()).toContain('milepost run --name first');
    await shown.page.getByRole('button', { name: 'Copy the command' }).click();
    await shown.page.getByText('Copied').waitFor();
    expect(callsOf(shown, 'copyFirstCommand')).toEqual([null]);
  });

  it('says what could not be copied, and not that it was', async () => {
    const refuse = () => {
      throw new Error('The clipboard took nothing.');
    };
    const shown = await show(sampleView([]), { copyFirstCommand: refuse });
    await shown.page.getByRole('button', { name: 'Copy the command' }).click();
    await shown.page.getByText('The clipboard took nothing.').waitFor();
    expect(await shown.page.getByText('Copied').count()).toBe(0);
    expect(shown.errors).toEqual([]);
  });

  it('tells main how high it wants to be, footer included', async () => {
    const shown = await show(sampleView([sampleJob()]));
    await waitFor('the height', () => callsOf(shown, 'fitHeight').length > 0);
    const overflow = () =>
      shown.page.evaluate(() => {
        const scroller = document.querySelector('.scroller');
        return scroller === null ? -1 : scroller.scrollHeight - scroller.clientHeight;
      });
    await waitFor('nothing to scroll', async () => (await overflow()) === 0);
  });
});
