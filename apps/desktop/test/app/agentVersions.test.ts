import { join } from 'node:path';
import { installAgent, makeOtherAgent } from '@milepost/testing/installAgent';
import { waitFor } from '@milepost/testing/waitFor';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_VERSION } from '../../src/main/agentFile.ts';
import { strings } from '../../src/strings.ts';
import { type LiveFixture, LONG, openPopover, startLiveFixture, waitForTray } from './liveFixture.ts';

// Agents of another version than the app's: the real program, built with another word in it.

const text = strings.setup;
let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

/** Puts the built agent on the host, with `word`, which stands in it once, as `other`. */
async function installOther(version: string, word: string, other: string): Promise<void> {
  const file = await makeOtherAgent(live.host.dir, version, word, other);
  await installAgent(live.host.sshd.home, file, version);
}

async function versionThere(): Promise<unknown> {
  const said = await live.host.ssh([join(live.host.sshd.home, '.local/bin/milepost'), '--version', '--json']);
  return JSON.parse(said).version;
}

/** Chooses the host in the screen that adds one. */
async function addHost(page: Page): Promise<void> {
  await page.getByRole('button', { name: strings.empty.addHost }).click();
  await page.getByRole('button', { name: live.host.sshd.alias }).click();
}

describe('an older agent', () => {
  it(
    'is told of and replaced by one click; its running job goes on, and what is resumed then is the new one’s',
    LONG,
    async () => {
      await installOther('0.0.9', `"${AGENT_VERSION}"`, '"0.0.9"');
      expect(await versionThere()).toBe('0.0.9');
      const running = await live.job('running');
      const dies = await live.job('dies');
      await running.open(2);
      const app = await live.launch(await live.userData({ hosts: [] }));
      const page = await openPopover(app);
      await addHost(page);
      await page.getByText(text.install.older('0.0.9', AGENT_VERSION)).waitFor();
      await page.getByRole('button', { name: text.install.update(AGENT_VERSION) }).click();
      await page.getByText(text.install.installed(AGENT_VERSION)).waitFor();
      expect(await versionThere()).toBe(AGENT_VERSION);
      await page.getByRole('button', { name: text.finish.add('gpu-1') }).click();

      const card = page.getByRole('article', { name: 'running' });
      await card.getByText('20%').waitFor();
      await running.open(5);
      await card.getByText('50%').waitFor();
      await live.host.killAgent(dies.results);
      await page.getByRole('button', { name: strings.resume.label('dies') }).click();
      await waitFor('the new run', async () => (await dies.runs()).length === 2);
      await Promise.all([running.open(10), dies.open(10)]);
      await waitForTray(app, { icon: 'done' });
      const agents = async (job: typeof dies) =>
        (await job.runs()).map((record) => (record.kind === 'start' ? record.agent : record.outcome));
      expect(await agents(running)).toEqual(['0.0.9', 'complete']);
      expect(await agents(dies)).toEqual(['0.0.9', AGENT_VERSION, 'complete']);
    },
  );
});

describe('an agent that speaks what this app does not know yet', () => {
  it('is left alone, with a word about updating; its jobs are shown, and a Resume says why it can’t', async () => {
    await installOther('9.0.0', 'protocol:1,node:process', 'protocol:2,node:process');
    const job = await live.job('ahead');
    await job.open(4);
    const app = await live.launch(await live.userData());
    await waitForTray(app, { title: /^40%/, icon: 'running' });
    const page = await openPopover(app);
    await page.getByRole('region', { name: 'gpu-1' }).getByText('Update Milepost here.').waitFor();
    await live.host.killAgent(job.results);
    await waitForTray(app, { title: /^40%$/, icon: 'problem' });
    const card = page.getByRole('article', { name: 'ahead' });
    await card.getByText(strings.state.interrupted, { exact: true }).waitFor();
    await page.getByRole('button', { name: strings.resume.label('ahead') }).click();
    await card.getByRole('alert').getByText('Update Milepost here.').waitFor();
    expect((await job.runs()).length).toBe(1);

    // The steps to the host say the same, and offer nothing that would put an older one in its place.
    await page.getByRole('button', { name: strings.screens.settings }).click();
    await page.getByRole('button', { name: /^gpu-1/ }).click();
    await page.getByRole('button', { name: strings.settings.host.checkLabel('gpu-1') }).click();
    const steps = page.getByRole('list', { name: text.listOf('gpu-1') });
    await steps.getByText('Update Milepost here.').waitFor();
    expect(await steps.textContent()).toContain('is newer than this one');
    for (const name of [text.install.button(AGENT_VERSION), text.install.update(AGENT_VERSION)]) {
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    }
  });
});
