import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Opening } from '../../src/bridge/view.ts';
import { type PushName, type PushOf, type RequestName, requests } from '../../src/bridge.ts';
import { POPOVER_WIDTH } from '../../src/main/popoverPlace.ts';
import { createAppHandler } from '../../src/main/protocol.ts';
import { APP_ROOT } from '../driver/build.ts';
import { chromiumPath } from '../driver/standIn/browser.ts';
import { toAppUrl, toBrowserUrl } from '../driver/standIn/origins.ts';

// The built renderer alone in real Chromium, with the app's headers, and the test in main's place.

export interface RendererPage {
  page: Page;
  /** What the page asked, in order. */
  calls: { name: RequestName; body: unknown }[];
  /** What the page said on its console that is an error. */
  errors: string[];
  push<N extends PushName>(name: N, message: PushOf<N>): Promise<void>;
  close(): Promise<void>;
}

export type Answers = Partial<Record<RequestName, (body: unknown) => unknown>>;

const REQUESTS = Object.keys(requests);

const FONT_PATH = '/system-font.woff2';
const FONT_RULE = Buffer.from(
  `\n@font-face { font-family: "-apple-system"; font-weight: 100 900; src: url("${FONT_PATH}"); }\n`,
);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND'],
  });
}

/** Opens the popover's page with `opening`; `answers` are main's, null by default. `now` stands still. */
export async function openRenderer(
  browser: Browser,
  {
    opening,
    answers = {},
    now,
    colorScheme = 'light',
    reducedMotion = 'no-preference',
    maxHeightPx = 700,
    systemFont,
  }: {
    opening: Opening;
    answers?: Answers;
    now: number;
    colorScheme?: 'light' | 'dark';
    reducedMotion?: 'reduce' | 'no-preference';
    /** Of the screen that the window stands on. */
    maxHeightPx?: number;
    /** A font (woff2) that stands for the Mac's own. */
    systemFont?: Buffer;
  },
): Promise<RendererPage> {
  const context = await browser.newContext({
    viewport: { width: (POPOVER_WIDTH * opening.view.settings.textPercent) / 100, height: 480 },
    deviceScaleFactor: 2,
    colorScheme,
    reducedMotion,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  const calls: RendererPage['calls'] = [];
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.clock.setFixedTime(now);
  const handler = createAppHandler(join(APP_ROOT, 'out/renderer'));
  await page.route('**/*', async (route) => {
    const url = route.request().url();
    if (systemFont !== undefined && url.endsWith(FONT_PATH)) {
      return await route.fulfill({ contentType: 'font/woff2', body: systemFont });
    }
    const response = await handler(new Request(toAppUrl(url)));
    const body = Buffer.from(await response.arrayBuffer());
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: systemFont !== undefined && url.endsWith('.css') ? Buffer.concat([body, FONT_RULE]) : body,
    });
  });
  await page.exposeFunction('askMain', async (name: RequestName, body: unknown) => {
    calls.push({ name, body });
    if (name === 'ready') return opening;
    if (name === 'fitHeight') {
      const { heightPx } = body as { heightPx: number };
      const width = page.viewportSize()?.width ?? POPOVER_WIDTH;
      await page.setViewportSize({ width, height: Math.min(heightPx, maxHeightPx) });
    }
    return answers[name]?.(body) ?? null;
  });
  await page.addInitScript((names: readonly string[]) => {
    const listeners = new Map<string, (message: unknown) => void>();
    const ask: unknown = Reflect.get(window, 'askMain');
    const api: Record<string, unknown> = {};
    for (const name of names) {
      api[name] = (body: unknown) => (typeof ask === 'function' ? ask(name, body) : null);
    }
    for (const name of ['Opened', 'Closed', 'View']) {
      api[`on${name}`] = (listener: (message: unknown) => void) => {
        listeners.set(name.toLowerCase(), listener);
        return () => listeners.delete(name.toLowerCase());
      };
    }
    Object.assign(window, {
      milepost: api,
      pushFromMain: (name: string, message: unknown) => listeners.get(name)?.(message),
    });
  }, REQUESTS);
  await page.goto(toBrowserUrl('app://milepost/index.html'));
  return {
    page,
    calls,
    errors,
    push: (name, message) =>
      page.evaluate(
        ([to, body]) => {
          const push: unknown = Reflect.get(window, 'pushFromMain');
          if (typeof push === 'function') push(to, body);
        },
        [name, message] as const,
      ),
    close: () => context.close(),
  };
}
