import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import { installAgent } from '@milepost/testing/installAgent';
import { waitFor } from '@milepost/testing/waitFor';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureAgentBuilt } from '../../../../scripts/ensureBuilt.mjs';
import { strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

// A real job under the real agent; each batch waits for a file of the test's.

const text = strings.detail;
let fixture: AppFixture;
let results: string;
beforeEach(async () => {
  fixture = await startFixture();
  const agent = await ensureAgentBuilt();
  const milepost = await installAgent(fixture.sshd.home, agent, MILEPOST_VERSION);
  results = join(fixture.sshd.home, 'results');
  const gates = join(fixture.sshd.home, 'gate');
  const script = `echo "batch $1 waits" >&2; while [ ! -e "${gates}-$1" ]; do sleep 0.05; done; seq "$1" "$(($1 + $2 - 1))"`;
  await promisify(execFile)(
    milepost,
    [
      ...['run', '--name', 'words', '--total', '400', '--every', '10', '--dir', results, '--ext', '.txt'],
      ...['--merge', 'concat', '--detach', '--', 'sh', '-c', script, 'sh', '{start}', '{count}'],
    ],
    { env: { PATH: process.env['PATH'], HOME: fixture.sshd.home } },
  );
});
afterEach(async () => {
  await openGates();
  await fixture.end();
});

function openGate(first: number): Promise<void> {
  return writeFile(join(fixture.sshd.home, `gate-${first}`), '');
}

/** Opens the gates of all batches. */
async function openGates(): Promise<void> {
  for (let first = 0; first < 400; first += 10) await openGate(first);
}

/** The first items of the batches that have begun. */
async function begun(): Promise<number[]> {
  const log = await readFile(join(results, '.milepost/output.log'), 'utf8').catch(() => '');
  return [...log.matchAll(/batch (\d+) waits/g)].map(([, first]) => Number(first));
}

async function openDetail(app: AppDriver): Promise<Page> {
  await waitFor('the job', async () => (await app.tray()).icon === 'running');
  await app.clickTray();
  const page = await app.window();
  await page.getByRole('button', { name: text.open('words') }).click();
  return page;
}

it('shows the log as it grows, checkpoints, and fetches what is saved to a folder', async () => {
  const app = await fixture.launch();
  const page = await openDetail(app);
  const log = page.getByRole('region', { name: text.logOf('words') });
  await log.getByText('batch 0 waits').waitFor();
  await openGate(0);
  await openGate(10);
  await log.getByText('batch 20 waits').waitFor();
  const checkpoints = page.getByRole('region', { name: text.checkpoints });
  await checkpoints.getByText('checkpoint_00010.txt').waitFor();
  expect(await checkpoints.textContent()).toContain('10–19');

  const downloads = join(fixture.userDataDir, 'downloads');
  await mkdir(downloads);
  await app.answerDialog(null);
  await page.getByRole('button', { name: strings.fetch.partial }).click();
  await app.answerDialog(downloads);
  const [shown = ''] = await waitFor('the fetched file', async () => {
    await page
      .getByRole('button', { name: strings.fetch.partial })
      .click({ timeout: 1000 })
      .catch(() => {});
    const items = await app.shownItems();
    return items.length > 0 && items;
  });
  expect(shown.startsWith(`${downloads}/`)).toBe(true);
  const numbers = Array.from({ length: 20 }, (_, at) => `${at}\n`).join('');
  expect(await readFile(shown, 'utf8')).toBe(numbers);
  await page.getByText('Fetched words.partial.txt').waitFor();
  expect(await app.isPopoverVisible()).toBe(true);

  await page.getByRole('button', { name: text.copyPath }).click();
  await waitFor('the path', async () => (await app.clipboard()) === results);
  await page.getByRole('button', { name: text.copyDiagnostics }).click();
  await waitFor('the diagnostics', async () => (await app.clipboard()).includes('State: running'));
  expect(await app.clipboard()).not.toContain(fixture.sshd.home);

  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: text.open('words') }).waitFor();
  expect(await app.isPopoverVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await waitFor('the popover to hide', async () => !(await app.isPopoverVisible()));
});

it('is stopped after its batch, says so until that is seen, and the result is fetched when it completed', async () => {
  const app = await fixture.launch();
  const page = await openDetail(app);
  await page.getByRole('button', { name: strings.stop.label('words') }).click();
  await page.getByRole('button', { name: strings.stop.batched.finish }).click();
  await page.getByText(strings.stop.batched.finishing).waitFor();
  await page.getByRole('button', { name: strings.stop.nowLabel('words') }).waitFor();
  const card = page.getByRole('article', { name: 'words' });
  const stopped = card.getByText(strings.state.stopped, { exact: true });
  await waitFor('the stop', async () => {
    // The agent looks twice a second whether it is to stop: until then it may begin further batches.
    for (const first of await begun()) await openGate(first);
    return (await stopped.count()) > 0;
  });

  await openGates();
  await page.getByRole('button', { name: 'Resume words' }).click();
  await app.answerDialog(fixture.userDataDir);
  await page.getByRole('button', { name: strings.fetch.result }).click();
  await waitFor('the result', async () => (await app.shownItems()).length > 0);
  const [fetched = ''] = await app.shownItems();
  expect(await readFile(fetched)).toEqual(await readFile(join(results, 'words.txt')));
});

it('is stopped at once', async () => {
  const app = await fixture.launch();
  const page = await openDetail(app);
  await page.getByRole('button', { name: strings.stop.label('words') }).click();
  await page.getByRole('button', { name: strings.stop.nowLabel('words') }).click();
  const card = page.getByRole('article', { name: 'words' });
  await card.getByText(strings.state.stopped, { exact: true }).waitFor();
});
