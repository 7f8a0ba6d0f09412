import { execFileSync } from 'node:child_process';
import { appendFileSync, statfsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { strings } from '@milepost/desktop/strings';
import { waitFor } from '@milepost/testing/waitFor';
import { afterAll, afterEach, beforeAll, expect, type TestContext, test } from 'vitest';
import {
  type LiveFixture,
  notificationsOf,
  openPopover,
  startLiveFixture,
  waitForTray,
} from '../../apps/desktop/test/app/liveFixture.ts';

// The host's disk is full in the middle of a job: a small tmpfs, on which nothing but the job's folder lies.

let live: LiveFixture;
let disk: string;
let mounted = false;
beforeAll(async () => {
  live = await startLiveFixture();
});
afterEach(async () => {
  await live.endTest();
  if (mounted) execFileSync('umount', [disk]);
  mounted = false;
});
afterAll(() => live.end());

async function mountOrSkip(ctx: TestContext): Promise<void> {
  if (process.platform !== 'linux') ctx.skip('tmpfs is of Linux');
  if (process.getuid?.() !== 0) ctx.skip('only root can mount a small disk');
  disk = await mkdtemp(join(live.host.dir, 'disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', disk]);
  mounted = true;
}

const BATCH_BYTES = 200_000;
const whole = (): Buffer =>
  Buffer.concat(Array.from({ length: 10 }, (_, at) => Buffer.alloc(BATCH_BYTES, `item ${at}\n`)));

/** Leaves not one byte to anybody. */
function fill(): void {
  const { bavail, bsize } = statfsSync(disk);
  appendFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
}

test('is told with what to do; room is made, and one click goes on from what was saved', async (ctx) => {
  await mountOrSkip(ctx);
  const app = await live.launch(await live.userData());
  const print = `yes 'item {start}' | head -c ${BATCH_BYTES}`;
  const job = await live.job('full', { print, parent: disk });
  await job.open(4);
  await waitForTray(app, { title: /^40%/, icon: 'running' });
  fill();
  await job.open(5);

  const [failed] = await notificationsOf(app, 1);
  expect(failed).toMatchObject({ title: 'full failed', actions: [strings.notification.resume] });
  const advice = strings.advice.fullDisk('gpu-1');
  expect(failed?.body.startsWith(`${advice} · `)).toBe(true);
  const page = await openPopover(app);
  const card = page.getByRole('article', { name: 'full' });
  await card.getByText(strings.state.failed, { exact: true }).waitFor();
  await card.getByText(advice, { exact: true }).waitFor();
  await card.getByText('the disk is full (ENOSPC)').waitFor();
  await card.getByText('Keeps 4 items').waitFor();
  const saved = await readFile(join(job.results, '.milepost/ledger.jsonl'), 'utf8');
  expect(await live.host.committed(job.results)).toEqual([0, 1, 2, 3]);

  // Before room is made a resume comes to the same, and nothing is lost by it.
  const resume = page.getByRole('button', { name: strings.resume.label('full') });
  await resume.click();
  const [, again] = await notificationsOf(app, 2);
  expect(again?.body.startsWith(advice)).toBe(true);
  await card.getByText(advice, { exact: true }).waitFor();
  await card.getByText('Keeps 4 items').waitFor();

  await rm(join(disk, 'filler'));
  await resume.click();
  await waitFor('the new run', async () => (await job.runs()).some(({ run }) => run === 3));
  await job.open(10);
  const told = await notificationsOf(app, 3);
  expect(told.map(({ title, shown }) => [title, shown])).toEqual([
    ['full failed', 1],
    ['full failed', 1],
    ['full is complete', 1],
  ]);
  const ledger = await readFile(join(job.results, '.milepost/ledger.jsonl'), 'utf8');
  expect(ledger.startsWith(saved)).toBe(true);
  expect(await live.host.committed(job.results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect((await readFile(join(job.results, 'full.txt'))).equals(whole())).toBe(true);
});
