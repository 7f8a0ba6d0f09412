import { waitFor } from '@milepost/testing/waitFor';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SetupView } from '../../src/bridge/setup.ts';
import type { AppView, LinkQuestion, Opening } from '../../src/bridge/view.ts';
import { strings } from '../../src/strings.ts';
import { checks, FINGERPRINT, foundHosts, sampleSetup } from '../sampleSetups.ts';
import { NOW, sampleHost, sampleJob, sampleSettings, sampleView } from '../sampleViews.ts';
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

const text = strings.setup;
const settings = sampleSettings({ hosts: [] });
const nothing = sampleView([], { hosts: [], settings });

async function show(
  view: AppView,
  screen: Opening['screen'] = 'add-host',
  answers: Answers = {},
): Promise<RendererPage> {
  popover = await openRenderer(browser, {
    opening: { view, visible: true, focus: null, translucent: false, screen },
    answers: { findHosts: () => foundHosts, startSetup: () => ({ kind: 'saved' }), ...answers },
    now: NOW,
  });
  await popover.page.locator('.popover').waitFor();
  return popover;
}

function showSetup(setup: SetupView, answers: Answers = {}): Promise<RendererPage> {
  return show({ ...nothing, setup }, 'add-host', answers);
}

function callsOf({ calls }: RendererPage, name: string): unknown[] {
  return calls.filter((call) => call.name === name).map((call) => call.body);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
  );
}

describe('picking a host', () => {
  it('lists those of the ssh configuration, narrowed by what is typed', async () => {
    const { page } = await show(nothing);
    const choices = page.locator('.choices button');
    await choices.first().waitFor();
    expect(await choices.locator('.name').allTextContents()).toEqual([
      'gpu-1',
      'gpu-2',
      'bastion',
      'cluster',
    ]);
    expect(await choices.nth(1).textContent()).toContain(text.pick.watched);
    await page.getByLabel(text.pick.field).fill('10.0.3');
    expect(await choices.locator('.name').allTextContents()).toEqual(['gpu-2']);
    await page.getByLabel(text.pick.field).fill('nowhere');
    await page.getByText(text.pick.noMatch).waitFor();
  });

  it('goes by keys alone: typed and Enter, or down to one and Enter', async () => {
    const shown = await show(nothing);
    const { page } = shown;
    await page.locator('.choices button').first().waitFor();
    // The field has the keyboard from the start.
    await page.keyboard.type('ada@new-host');
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'startSetup').length === 1);
    await page.getByLabel(text.pick.field).fill('');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'startSetup').length === 2);
    expect(callsOf(shown, 'startSetup')).toEqual([{ destination: 'ada@new-host' }, { destination: 'gpu-2' }]);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await page.getByLabel(text.pick.field).evaluate((own) => own === document.activeElement)).toBe(
      true,
    );
  });

  it('says what is wrong with what was typed', async () => {
    const problem = { kind: 'typed-port', ...strings.settings.typed.port };
    const { page } = await show(nothing, 'add-host', { startSetup: () => ({ kind: 'failed', problem }) });
    await page.getByLabel(text.pick.field).fill('gpu-1:2222');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(problem.what).waitFor();
    expect(await page.getByLabel(text.pick.field).getAttribute('aria-invalid')).toBe('true');
  });

  it('tells of a file that could not be read, and of a configuration without hosts', async () => {
    const problem = { kind: 'ssh-config', what: '~/.ssh/config could not be read', next: 'Type the host.' };
    const { page } = await show(nothing, 'add-host', { findHosts: () => ({ hosts: [], problem }) });
    await page.getByText(problem.what).waitFor();
    await page.getByText(text.pick.none).waitFor();
  });
});

describe('a setup', () => {
  it('is where the popover opens as long as it goes on', async () => {
    const { page } = await show({ ...nothing, setup: sampleSetup(checks.connecting) }, 'jobs');
    await page.getByRole('heading', { name: 'gpu-1' }).waitFor();
  });

  it('reads out each step with its state and what was found', async () => {
    const { page } = await showSetup(sampleSetup(checks.whole));
    const steps = await page
      .getByRole('list', { name: text.listOf('gpu-1') })
      .getByRole('listitem')
      .allTextContents();
    expect(steps.map((step) => step.replace(/\s+/g, ' '))).toEqual([
      'Addressdoneec2-3-120-7-41.eu-central-1.compute.amazonaws.com',
      'SSH serverdoneport 22',
      `Host keydone${FINGERPRINT}`,
      'Logindoneas ubuntu',
      'Nodedonev22.11.0',
      'Milepost agentdone0.1.0',
      'Jobsdonedataset, render, tokens and 1 more',
    ]);
    expect(await page.getByRole('status').allTextContents()).toContain(
      'Jobs: done, dataset, render, tokens and 1 more',
    );
  });

  it('asks for trust in an unknown key, and never by itself gets the keyboard onto that button', async () => {
    const shown = await showSetup(sampleSetup(checks.unknownKey));
    const { page } = shown;
    await page.locator('.fingerprint', { hasText: FINGERPRINT }).waitFor();
    const trust = page.getByRole('button', { name: text.hostKey.trustLabel('gpu-1') });
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    expect(callsOf(shown, 'trustHostKey')).toEqual([]);
    expect(await page.locator('.link-question').evaluate((own) => own === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    expect(await trust.evaluate((own) => own === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'trustHostKey').length === 1);
    expect(callsOf(shown, 'trustHostKey')).toEqual([{ of: null, fingerprint: FINGERPRINT }]);
  });

  it('takes a passphrase, which stays nowhere on the page', async () => {
    const shown = await showSetup(sampleSetup(checks.locked));
    const { page, push } = shown;
    const field = page.getByLabel('Passphrase of ~/.ssh/id_ed25519');
    await waitFor('the focus', () => field.evaluate((own) => own === document.activeElement));
    expect(await field.getAttribute('type')).toBe('password');
    await page.keyboard.type('secret words');
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'givePassphrase').length === 1);
    expect(callsOf(shown, 'givePassphrase')).toEqual([{ of: null, passphrase: 'secret words' }]);
    expect(await field.inputValue()).toBe('');
    const { login } = checks.locked.steps;
    const question = { kind: 'passphrase' as const, keyFile: '/k', isWrong: true };
    const wrong = { ...checks.locked, steps: { ...checks.locked.steps, login: { ...login, question } } };
    await push('view', { ...nothing, setup: sampleSetup(wrong) });
    await page.getByText(text.passphrase.wrong).waitFor();
  });

  it('gives the line that installs Node, to copy, and tries again', async () => {
    const shown = await showSetup(sampleSetup(checks.noNode));
    const { page } = shown;
    await page.getByText('sudo snap install node').waitFor();
    await page.getByRole('button', { name: text.node.copyLabel }).click();
    await page.getByRole('button', { name: text.node.copied }).waitFor();
    await page.getByRole('button', { name: text.retry }).click();
    expect(callsOf(shown, 'copyInstallLine')).toEqual([null]);
    expect(callsOf(shown, 'retrySetup')).toEqual([null]);
  });

  it('installs the agent by one key, says what it copies, and then leads to watching', async () => {
    const shown = await showSetup(sampleSetup(checks.noAgent), { addHost: () => ({ kind: 'saved' }) });
    const { page, push } = shown;
    await page.getByText(text.install.what('0.1.0')).waitFor();
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'installAgent').length === 1);
    await push('view', {
      ...nothing,
      setup: sampleSetup(checks.noAgent, {
        install: { kind: 'installing', bytesDone: 400_000, bytes: 800_000 },
      }),
    });
    const bar = page.getByRole('progressbar', { name: text.install.progressLabel });
    expect(await bar.getAttribute('value')).toBe('50');
    await push('view', {
      ...nothing,
      setup: sampleSetup(checks.whole, { install: { kind: 'installed', files: [] } }),
    });
    await page.getByText(text.install.installed('0.1.0')).waitFor();
    await waitFor('the focus', async () => (await focused(page)) === text.finish.add('gpu-1'));
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'addHost').length === 1);
    expect(callsOf(shown, 'addHost')).toEqual([{ path: '', resumeCommand: '' }]);
    // Main has added it: the jobs are next.
    await push('view', sampleView([sampleJob()]));
    await page.getByRole('article', { name: 'dataset' }).waitFor();
  });

  it('watches a file where there is no agent, once its path is one', async () => {
    const problem = { kind: 'typed-path', ...strings.settings.typed.path };
    let answer: unknown = { kind: 'failed', problem };
    const shown = await showSetup(sampleSetup(checks.noNode), { addHost: () => answer });
    const { page } = shown;
    await page.getByText(text.finish.orFile).click();
    await page.getByLabel(text.watch.path).fill('nonsense');
    await page.getByRole('button', { name: text.watch.add }).click();
    await page.getByRole('alert').getByText(problem.what).waitFor();
    answer = { kind: 'saved' };
    await page.getByLabel(text.watch.path).fill('/data/PROGRESS.txt');
    await page.getByLabel(text.watch.command).fill('sh go.sh');
    await page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'addHost').length === 2);
    expect(callsOf(shown, 'addHost').at(-1)).toEqual({
      path: '/data/PROGRESS.txt',
      resumeCommand: 'sh go.sh',
    });
  });

  it('ends with Escape, first to the list of hosts, then to the jobs', async () => {
    const shown = await showSetup(sampleSetup(checks.unreachable));
    const { page, push } = shown;
    await page.keyboard.press('Escape');
    await waitFor('the call', () => callsOf(shown, 'endSetup').length === 1);
    await push('view', nothing);
    await page.getByRole('heading', { name: strings.screens.addHost }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: strings.empty.noHostsTitle }).waitFor();
    expect(callsOf(shown, 'hide')).toEqual([]);
  });
});

describe('a watched host', () => {
  function refused(question: LinkQuestion): ReturnType<typeof sampleHost> {
    const problem = { kind: 'refused', what: 'It was refused.', next: null };
    return sampleHost({ link: { kind: 'refused', sinceAt: NOW, problem, question } });
  }

  it('that shows an unknown key is asked about in the list of jobs', async () => {
    const question = {
      kind: 'host-key' as const,
      name: 'gpu-1',
      keyType: 'ssh-ed25519',
      fingerprint: FINGERPRINT,
    };
    const shown = await show(sampleView([sampleJob()], { hosts: [refused(question)] }), 'jobs');
    await shown.page.getByRole('button', { name: text.hostKey.trustLabel('gpu-1') }).click();
    expect(callsOf(shown, 'trustHostKey')).toEqual([{ of: 'gpu-1', fingerprint: FINGERPRINT }]);
  });

  it('whose key is locked takes the passphrase there', async () => {
    const question = { kind: 'passphrase' as const, keyFile: '/Users/ada/.ssh/id_ed25519', isWrong: false };
    const shown = await show(sampleView([], { hosts: [refused(question)] }), 'jobs');
    await shown.page.getByLabel('Passphrase of ~/.ssh/id_ed25519').fill('secret words');
    await shown.page.keyboard.press('Enter');
    await waitFor('the call', () => callsOf(shown, 'givePassphrase').length === 1);
    expect(callsOf(shown, 'givePassphrase')).toEqual([{ of: 'gpu-1', passphrase: 'secret words' }]);
  });

  it('without an agent offers to set it up', async () => {
    const shown = await show(sampleView([], { hosts: [sampleHost({ agent: null })] }), 'jobs');
    await shown.page.getByText(strings.empty.noAgentTitle('gpu-1')).waitFor();
    await shown.page.getByRole('button', { name: strings.empty.setUp }).click();
    await waitFor('the call', () => callsOf(shown, 'startSetup').length === 1);
    expect(callsOf(shown, 'startSetup')).toEqual([{ hostId: 'gpu-1' }]);
  });

  it('with an agent that is too old does so too', async () => {
    const problem = {
      kind: 'agent-older',
      what: 'The milepost on this host is older.',
      next: 'Install the current agent there.',
    };
    const shown = await show(sampleView([sampleJob()], { hosts: [sampleHost({ problem })] }), 'jobs');
    await shown.page.getByRole('button', { name: strings.host.setUpLabel('gpu-1') }).click();
    await waitFor('the call', () => callsOf(shown, 'startSetup').length === 1);
  });
});
