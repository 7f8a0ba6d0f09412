import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

// The one Chromium that shows the windows of the app.

/** Flags that keep Chromium off the network; pages come from the app alone. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  // The test attaches here and gets the same page.
  '--remote-debugging-port=0',
];

const CANDIDATES = [
  process.env['MILEPOST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where Chromium is. Throws with what to do where there is none. */
export function chromiumPath(): string {
  const found = CANDIDATES.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  const own = chromium.executablePath();
  if (existsSync(own)) return own;
  throw new Error('No Chromium: install Debian\'s "chromium", or name one in MILEPOST_CHROMIUM.');
}

export function launchBrowser(profile: string, deviceScaleFactor: number): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: FLAGS,
    deviceScaleFactor,
    colorScheme: null,
    viewport: { width: 360, height: 320 },
  });
}

/** The pid of the browser that uses this profile; undefined where none does. */
export async function browserPid(profile: string): Promise<number | undefined> {
  try {
    const pid = Number((await readlink(join(profile, 'SingletonLock'))).split('-').at(-1));
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
