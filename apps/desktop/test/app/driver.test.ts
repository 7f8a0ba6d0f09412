import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppDriver, launchApp } from '../driver/driver.ts';
import { isAlive } from '../driver/isAlive.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let app: AppDriver | undefined;
beforeEach(async () => {
  temp = await makeTempDir();
});
afterEach(async () => {
  await app?.kill();
  app = undefined;
  await temp.remove();
});

describe.each(['quit', 'kill'] as const)('%s', (end) => {
  it('leaves no process behind', async () => {
    app = await launchApp({ userDataDir: temp.path });
    const pids = await app.pids();
    expect(pids.length).toBeGreaterThan(1);
    expect(pids.every(isAlive)).toBe(true);
    await app[end]();
    await waitFor('every process to be gone', () => !pids.some(isAlive));
  });
});

it('quits while the popover is open', async () => {
  app = await launchApp({ userDataDir: temp.path });
  await app.clickTray();
  expect(await app.isPopoverVisible()).toBe(true);
  await app.quit();
});

it('says which of the two ran', async () => {
  const report = join(temp.path, 'report');
  const before = process.env['MILEPOST_DRIVER_REPORT'];
  process.env['MILEPOST_DRIVER_REPORT'] = report;
  try {
    app = await launchApp({ userDataDir: join(temp.path, 'userData') });
    expect(await readFile(report, 'utf8')).toBe(`${app.kind}\n`);
  } finally {
    if (before === undefined) delete process.env['MILEPOST_DRIVER_REPORT'];
    else process.env['MILEPOST_DRIVER_REPORT'] = before;
  }
});

it('tells what an app said that did not start', async () => {
  // Its folder for everything is a place where no folder can be.
  await mkdir(join(temp.path, 'x'));
  const failed = launchApp({ userDataDir: '/dev/null/userData' });
  await expect(failed).rejects.toThrow();
});
