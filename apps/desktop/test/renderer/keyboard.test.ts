import { waitFor } from '@milepost/testing/waitFor';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JobCard } from '../../src/bridge/jobs.ts';
import type { AppView } from '../../src/bridge/view.ts';
import { strings } from '../../src/strings.ts';
import { card, completeJob, interruptedJob, NOW, sampleJob, sampleView } from '../sampleViews.ts';
import { type Answers, launchChromium, openRenderer, type RendererPage } from './rendererPage.ts';

// Where the keyboard is after what had it has gone.

let browser: Browser;
let popover: RendererPage;
beforeAll(async () => {
  browser = await launchChromium();
});
afterEach(async () => {
  expect(popover.errors).toEqual([]);
  await popover.close();
});
afterAll(() => browser.close());

async function show(view: AppView, answers: Answers = {}): Promise<RendererPage> {
  popover = await openRenderer(browser, {
    opening: { view, visible: true, focus: null, translucent: false, screen: 'jobs' },
    answers,
    now: NOW,
  });
  await popover.page.locator('.popover').waitFor();
  return popover;
}

/** The name of what has the keyboard: a button's words, or a card's job. */
function focused(): Promise<string> {
  return popover.page.evaluate(() => {
    const at = document.activeElement;
    if (at?.matches('.card')) return `card ${at.querySelector('h2')?.textContent ?? ''}`;
    return at?.getAttribute('aria-label') ?? (at === document.body ? 'nothing' : (at?.textContent ?? ''));
  });
}

function hasKeyboard(name: string): Promise<unknown> {
  return waitFor(`the keyboard on “${name}”`, async () => (await focused()) === name).catch(async (error) => {
    throw new Error(`${String(error)}; it is on “${await focused()}”`);
  });
}

/** Presses the button by the keyboard alone. */
async function press(name: string): Promise<void> {
  await popover.page.getByRole('button', { name, exact: true }).focus();
  await popover.page.keyboard.press('Enter');
}

describe('a finished job is dismissed by itself, and the keyboard goes', () => {
  const finished = ['a', 'b', 'c'].map((name) => completeJob({ key: name, id: name, name }));

  it('to the card that takes its place, to the one before it, and at last to what there is', async () => {
    let left = finished;
    const { page, push, calls } = await show(sampleView(finished), { dismiss: () => ({ kind: 'saved' }) });
    const dismiss = async (name: string): Promise<void> => {
      await press(strings.jobs.dismiss(name));
      left = left.filter((job) => job.name !== name);
      await push('view', sampleView(left));
    };
    await dismiss('b');
    await hasKeyboard('card c');
    expect(await page.getByRole('article').count()).toBe(2);
    await dismiss('c');
    await hasKeyboard('card a');
    await dismiss('a');
    await hasKeyboard(strings.empty.copyLabel);
    expect(calls.filter(({ name }) => name === 'dismiss').map(({ body }) => body)).toEqual(
      ['b', 'c', 'a'].map((key) => ({ jobKeys: [key] })),
    );
  });

  it('nowhere where it could not be saved', async () => {
    const problem = { kind: 'settings', what: 'The settings could not be saved.', next: null };
    const { page } = await show(sampleView(finished), { dismiss: () => ({ kind: 'failed', problem }) });
    await press(strings.jobs.dismiss('b'));
    await page.getByText(problem.what).waitFor();
    expect(await focused()).toBe(strings.jobs.dismiss('b'));
  });

  it('to the first card where all were dismissed', async () => {
    const { push } = await show(sampleView([sampleJob(), ...finished]), {
      dismiss: () => ({ kind: 'saved' }),
    });
    await press(strings.jobs.finishedCount(3));
    await press(strings.jobs.dismissAll);
    await push('view', sampleView([sampleJob()]));
    await hasKeyboard('card dataset');
  });
});

describe('a panel that closes gives the keyboard back', () => {
  const job = interruptedJob();
  const question = { jobKey: job.key, plan: job.plan, because: 'old', problem: null };
  const label = strings.resume.label(job.name);

  it('to Resume, by Escape and by Cancel', async () => {
    const { page } = await show(sampleView([sampleJob(), job]), {
      resume: () => ({ kind: 'ask', question }),
    });
    await press(label);
    await hasKeyboard(strings.resume.confirmAnyway);
    await page.keyboard.press('Escape');
    await hasKeyboard(label);
    await page.keyboard.press('Enter');
    await hasKeyboard(strings.resume.confirmAnyway);
    await press(strings.cancel);
    await hasKeyboard(label);
  });

  it('to Resume while it goes on, and to the card once the new run is seen', async () => {
    const { page, push } = await show(sampleView([sampleJob(), job]), {
      resume: (body) =>
        JSON.stringify(body).includes('true') ? { kind: 'done' } : { kind: 'ask', question },
    });
    await press(label);
    await hasKeyboard(strings.resume.confirmAnyway);
    await page.keyboard.press('Enter');
    await hasKeyboard(strings.resume.sending);
    const resumed = sampleJob({ key: job.key, name: job.name, runId: 'run-00000002' });
    await push('view', sampleView([sampleJob(), resumed]));
    await hasKeyboard(`card ${job.name}`);
  });

  it('to Stop, also after a refusal; after an answer to the card, so that a second Enter ends nothing', async () => {
    const problem = { kind: 'refused', what: 'The job is another person’s.', next: null };
    const answers = [{ kind: 'refused', problem }, { kind: 'done' }];
    const stop = strings.stop.label('dataset');
    const { page, push, calls } = await show(sampleView([job, sampleJob()]), {
      stopJob: () => answers.shift(),
    });
    await press(stop);
    await hasKeyboard(strings.stop.batched.finish);
    await page.keyboard.press('Escape');
    await hasKeyboard(stop);
    await page.keyboard.press('Enter');
    await hasKeyboard(strings.stop.batched.finish);
    await page.keyboard.press('Enter');
    await page.getByText(problem.what).waitFor();
    await press(strings.cancel);
    await hasKeyboard(stop);
    await page.keyboard.press('Enter');
    await hasKeyboard(strings.stop.batched.finish);
    await page.keyboard.press('Enter');
    const action = { kind: 'stopping' as const, startedAt: NOW, now: false };
    await push('view', sampleView([job, sampleJob({ action })]));
    await hasKeyboard('card dataset');
    await page.keyboard.press('Enter');
    expect(calls.filter(({ name }) => name === 'stopJob')).toHaveLength(2);
  });

  it('to Fetch, once what was fetched is there', async () => {
    const done = card(completeJob());
    const of = (fetch: JobCard['fetch']): AppView => ({ ...sampleView([]), jobs: [{ ...done, fetch }] });
    const { push } = await show(of(null));
    await press(strings.detail.open(done.name));
    await press(strings.fetch.result);
    await push('view', of({ kind: 'fetching', phase: 'fetching', bytesDone: 1, bytes: 2 }));
    await hasKeyboard(strings.cancel);
    await push('view', of({ kind: 'fetched', name: 'tokens.npz', bytes: 2 }));
    await hasKeyboard(strings.fetch.result);
  });

  it('to the first card from an offer that was taken', async () => {
    const view = sampleView([sampleJob()]);
    const undecided = { ...view.settings, alerts: { ...view.settings.alerts, state: 'undecided' as const } };
    const { push } = await show(
      { ...view, settings: undecided },
      { changeSettings: () => ({ kind: 'saved' }) },
    );
    await press(strings.alerts.turnOn);
    await push('view', view);
    await hasKeyboard('card dataset');
  });
});
