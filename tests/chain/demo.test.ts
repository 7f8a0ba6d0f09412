import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strings } from '@milepost/desktop/strings';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { chromiumPath } from '../../apps/desktop/test/driver/standIn/browser.ts';

// `npm run demo` as a person has it, its page in a real browser.

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let browser: Browser;
/** Of the first of the two; they are killed at different moments. */
let firstVideo: Buffer;
let child: ChildProcess;
let said = '';

beforeAll(async () => {
  temp = await makeTempDir('milepost-demo-test-');
  browser = await chromium.launch({
    executablePath: chromiumPath(),
    chromiumSandbox: process.getuid?.() !== 0,
  });
});
afterAll(async () => {
  await browser?.close();
  await temp.remove();
});

let dir: string;
beforeEach(async (context) => {
  dir = join(temp.path, context.task.id);
  await mkdir(dir);
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

/** Starts it with a temporary folder of its own; the video goes to `dir`. */
function startDemo(options: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  said = '';
  const args = ['scripts/demo.mjs', '--page', '--to', dir, ...options];
  // A process group of its own, as a terminal gives it.
  child = spawn(process.execPath, args, {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, CI: '', TMPDIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
}

async function openPage(): Promise<{ page: Page; popover: FrameLocator; complaints: string[] }> {
  const [address] = await waitFor('the address', () => /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(said), {
    limitMs: 120_000,
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(address);
  return { page, popover: page.frameLocator('#popover'), complaints };
}

async function exitCode(): Promise<unknown> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Processes that name this test's folder, which everything that the demo starts does. */
async function leftOver(): Promise<string[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'stat=', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.includes(dir) && !line.startsWith('Z'));
}

it('needs no hands: killed, told, resumed, complete, fetched, and nothing is left', async () => {
  startDemo(['--auto']);
  const { page, popover, complaints } = await openPage();
  await popover.getByRole('article', { name: 'fractal' }).waitFor();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await page.locator('.steps .killed.done').waitFor();
  await popover.getByText('Complete', { exact: true }).waitFor({ timeout: 120_000 });
  await page.locator('.steps .fetched.done').waitFor();
  // Not by waitForFunction: where it has to wait, it compiles text in the page, whose policy forbids that.
  await waitFor('the video to play', () => page.evaluate('document.getElementById("video").currentTime > 0'));
  expect(await exitCode(), said).toBe(0);
  await page.getByText('nothing of it runs any more').waitFor();
  expect(complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);

  expect(said).toMatch(/fractal was interrupted[\s\S]*\[ Resume \][\s\S]*fractal is complete/);
  const [, seconds, redone, saved] =
    /The kill cost (\d+\.\d) s of work: (\d+) frames? of .* The (\d+) of 72 frames/.exec(said) ?? [];
  // Two batches of 6 frames were running; a third was saved.
  expect(Number(seconds)).toBeGreaterThan(0);
  expect(Number(redone)).toBeLessThanOrEqual(12);
  expect(Number(saved)).toBeGreaterThanOrEqual(24);
  const video = /^The video: (.*)$/m.exec(said)?.[1] ?? '';
  firstVideo = await readFile(video);
  const probe = [
    '-v',
    'error',
    '-count_frames',
    '-show_entries',
    'stream=nb_read_frames',
    '-of',
    'csv=p=0',
    video,
  ];
  expect((await run('ffprobe', probe)).stdout.trim()).toBe('72');
  expect(await readdir(dir)).toEqual(['fractal.mp4']);
  expect(await leftOver()).toEqual([]);
  await page.close();
});

it('is pressed by the person who is there, in the page, over an SSH server of its own; --keep leaves the folder', async () => {
  startDemo(['--embedded', '--keep']);
  const { page, popover } = await openPage();
  const turn = page.locator('#turn');
  await turn.getByText('press Resume').waitFor({ timeout: 120_000 });
  await popover.getByRole('button', { name: strings.resume.label('fractal') }).click();
  await page.locator('.steps .resumed.done').getByText('You pressed once').waitFor();
  await turn.getByText('Fetch result').waitFor({ timeout: 120_000 });
  await popover.getByRole('button', { name: strings.detail.open('fractal') }).click();
  await popover.getByRole('button', { name: strings.fetch.result }).click();
  expect(await exitCode(), said).toBe(0);
  expect(said).toContain('an SSH server within this demo');
  // Whenever it is killed, it is as if it had not been.
  expect((await readFile(join(dir, 'fractal.mp4'))).equals(firstVideo)).toBe(true);

  const kept = /^Everything of it is still in (.*)$/m.exec(said)?.[1] ?? '';
  expect(kept.startsWith(dir)).toBe(true);
  const progress = await readFile(join(kept, 'home/fractal/results/PROGRESS.txt'), 'utf8');
  expect(progress).toMatch(/^Progress: 72\/72 \(100%\)[\s\S]*^Status: COMPLETE[\s\S]*^Runs: 2$/m);
  expect(await leftOver()).toEqual([]);
  await page.close();
});

it.each([
  { by: 'Ctrl-C, which reaches all of its processes', end: (pid: number) => process.kill(-pid, 'SIGINT') },
  { by: 'a signal to its first process', end: (pid: number) => process.kill(pid, 'SIGTERM') },
])('ended in the middle by $by it leaves nothing, and says so by its exit code', async ({ end }) => {
  startDemo(['--auto']);
  await waitFor('the job to be seen', () => /menu bar +◐ \d+%/.test(said), { limitMs: 120_000 });
  end(child.pid ?? 0);
  expect(await exitCode()).toBe(130);
  expect(said).toContain('Ended before its end.');
  expect(await readdir(dir)).toEqual([]);
  await waitFor('everything to be gone', async () => (await leftOver()).length === 0);
});

it('a job that fails ends it at once, with the reason and the folder to look at', async () => {
  const python = join(dir, 'python');
  // Passes for one that has numpy, and then does nothing.
  await writeFile(
    python,
    `#!/bin/sh\n[ "$1" = -c ] && echo "${python}" && exit 0\necho "no renderer" >&2; exit 1\n`,
    {
      mode: 0o755,
    },
  );
  startDemo(['--auto'], { MILEPOST_PYTHON: python });
  expect(await exitCode(), said).toBe(1);
  expect(said).toMatch(/The demo failed: The job failed: .*no renderer[\s\S]*still in/);
  expect(await leftOver()).toEqual([]);
});

it('an option that there is not is told with those that there are', async () => {
  startDemo(['--fast']);
  expect(await exitCode()).toBe(1);
  expect(said).toMatch(/'--fast'[\s\S]*Usage: npm run demo[\s\S]*--keep/);
  expect(said).not.toMatch(/^ +at /m);
});
