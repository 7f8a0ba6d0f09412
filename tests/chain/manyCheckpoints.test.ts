import { writeFileSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { strings } from '@milepost/desktop/strings';
import { gatedResults } from '@milepost/testing/gatedJob';
import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type LiveFixture,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from '../../apps/desktop/test/app/liveFixture.ts';

// A job of a hundred days at a checkpoint every quarter of an hour: the agent takes 10,000 files over that an earlier
// script left, and goes on behind them.

let live: LiveFixture;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(() => live.endTest());
afterAll(() => live.end());

const LEFT = 10_000;
const TOTAL = LEFT + 6;
const lines = (count: number): string => Array.from({ length: count }, (_, item) => `${item}\n`).join('');

test('10,000 checkpoints: interrupted near the end, planned, listed, fetched in part, resumed, merged and fetched', async () => {
  const results = gatedResults(live.host.dir, 'long');
  await mkdir(results);
  for (let item = 0; item < LEFT; item += 1) {
    writeFileSync(join(results, `checkpoint_${String(item).padStart(5, '0')}.txt`), `${item}\n`);
  }
  // So many names are no command line.
  const merge = 'xargs cat < {list} > {output}';
  const job = await live.job('long', { total: TOTAL, adopt: true, merge });
  const app = await live.launch(await live.userData());
  const downloads = join(live.host.dir, 'downloads');
  await mkdir(downloads);
  await app.answerDialog(downloads);
  await job.open(LEFT + 3);
  await waitFor('three more', async () => (await live.host.progress(results))?.completed === LEFT + 3);
  await waitForTray(app, { title: /^99%/, icon: 'running' });
  await live.host.killAgent(results);
  const ledger = join(results, '.milepost/ledger.jsonl');
  const saved = await readFile(ledger, 'utf8');
  const adopted = await stat(join(results, 'checkpoint_00000.txt'));

  const [interrupted] = await notificationsOf(app, 1);
  expect(interrupted).toMatchObject({ title: 'long was interrupted', shown: 1 });
  const page = await openPopover(app);
  const card = page.getByRole('article', { name: 'long' });
  await card.getByText('10,003 / 10,006 items').waitFor();
  await card.getByText('Keeps 10,003 items').waitFor();
  await page.getByRole('button', { name: strings.detail.open('long') }).click();
  const checkpoints = page.getByRole('region', { name: strings.detail.checkpoints });
  // The newest first.
  await checkpoints.getByText('checkpoint_10002.txt').waitFor();
  const sum = await checkpoints.locator('.sum').textContent();
  expect(sum).toMatch(/^10,003, \d/);

  const fetched = (count: number) =>
    waitFor('the fetched file', async () => {
      const items = await app.shownItems();
      return items.length === count && items.at(-1);
    });
  await page.getByRole('button', { name: strings.fetch.partial }).click();
  expect(await readFile(await fetched(1), 'utf8')).toBe(lines(LEFT + 3));

  await page.getByRole('button', { name: strings.resume.label('long') }).click();
  await waitFor('the new run', async () => (await job.runs()).length === 2);
  await job.open(TOTAL);
  const told = await notificationsOf(app, 2);
  expect(told.map(({ title, shown }) => [title, shown])).toEqual([
    ['long was interrupted', 1],
    ['long is complete', 1],
  ]);
  await page.getByRole('button', { name: strings.fetch.result }).click();
  expect(await readFile(await fetched(2), 'utf8')).toBe(lines(TOTAL));
  // Nothing was done, or written, again.
  expect((await readFile(ledger, 'utf8')).startsWith(saved)).toBe(true);
  expect((await live.host.committed(results)).length).toBe(TOTAL);
  expect((await stat(join(results, 'checkpoint_00000.txt'))).mtimeMs).toBe(adopted.mtimeMs);
});
