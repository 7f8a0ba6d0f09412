import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, CDPSession, Page, Route } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import type { Display, PageHooks, StandInPage } from './display.ts';
import { originOf, toAppUrl, toBrowserUrl } from './origins.ts';
import { state } from './state.ts';
import { decode, encode } from './wireValue.ts';

// Limit: a page that leads to an app:// address makes Chromium ask about another program; use relative ones in tests.
// A window's page in real Chromium: its requests answered by the app's own protocol handler, its preload run in an
// isolated world before the page's first script.

const WORLD = 'stand-in preload';
const here = import.meta.dirname;

/** The one page that there is; undefined while it is being replaced. */
let live: { page: Page; opened(url: string): void; answer(route: Route): Promise<void> } | undefined;
const guarded = new WeakSet<BrowserContext>();

/** Everything that the browser asks for goes to the live page's window; further pages are closed. Once per browser. */
async function guard(browser: BrowserContext): Promise<void> {
  if (guarded.has(browser)) return;
  guarded.add(browser);
  browser.on('page', (opened) => {
    if (live === undefined || opened === live.page) return;
    live.opened(opened.url());
    void opened.close().catch(() => {});
  });
  await browser.route('**/*', async (route) => {
    const from = await Promise.resolve()
      .then(() => route.request().frame().page())
      .catch(() => undefined);
    return live !== undefined && from === live.page ? live.answer(route) : route.abort('aborted');
  });
}

/** A Chromium of this profile, launched when the first window is made. */
export function createChromium(profile: string, deviceScaleFactor: number): Display {
  let browser: Promise<BrowserContext> | undefined;
  return {
    async createPage(hooks) {
      browser ??= launchBrowser(profile, deviceScaleFactor);
      return createPage(await browser, hooks);
    },
    async close() {
      await (await browser)?.close();
    },
  };
}

async function createPage(browser: BrowserContext, hooks: PageHooks): Promise<StandInPage> {
  // The browser begins with a blank page; one that died is no page any more.
  const blank = browser.pages().find((candidate) => candidate.url() === 'about:blank');
  const page = blank ?? (await browser.newPage());
  const session = await browser.newCDPSession(page);
  let loading: string | undefined;
  let world: number | undefined;
  let told = (): void => {};

  await session.send('Page.enable');
  const { frameTree } = await session.send('Page.getFrameTree');
  session.on('Runtime.executionContextCreated', ({ context }) => {
    if (context.name === WORLD && context.auxData?.['frameId'] === frameTree.frame.id) world = context.id;
  });
  session.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
    if (world === executionContextId) world = undefined;
  });
  session.on('Runtime.bindingCalled', ({ payload, executionContextId }) => {
    if (executionContextId === world) void answer(session, executionContextId, payload, hooks);
  });
  session.on('Page.frameNavigated', ({ frame }) => {
    if (frame.parentId === undefined) hooks.navigated(frame.url);
  });
  await session.send('Runtime.enable');
  await session.send('Runtime.addBinding', { name: 'standInSend', executionContextName: WORLD });
  const script = (name: string): string => readFileSync(join(here, name), 'utf8');
  await session.send('Page.addScriptToEvaluateOnNewDocument', { source: script('pageWorld.js') });
  await session.send('Page.addScriptToEvaluateOnNewDocument', {
    worldName: WORLD,
    source: `${script('preloadWorld.js')}
if (window === window.top) (function (require, module, exports) {${hooks.preload}
})(globalThis.standInRequire, { exports: {} }, {});`,
  });

  page.on('download', (download) => {
    state.record.downloads.push(state.mayDownload() ? 'begun' : 'refused');
    void download.cancel().catch(() => {});
  });
  page.on('pageerror', (error) => console.error(`In the page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`The page says: ${message.text()}`);
  });
  live = {
    page,
    opened(url) {
      if (hooks.mayOpen(url)) throw new Error('The stand-in opens no further windows.');
      state.record.refused.push('A new window');
    },
    async answer(route) {
      const request = route.request();
      const url = request.url();
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
        if (url !== loading && !hooks.mayNavigate(toAppUrl(url))) {
          state.record.refused.push(`A navigation to ${toAppUrl(url)}`);
          // Aborted, so that the page stays where it is.
          return route.abort('aborted');
        }
        loading = undefined;
      }
      return serve(route);
    },
  };
  await guard(browser);
  page.on('crash', () => {
    live = undefined;
    // A blank one for the next load comes first: Chromium ends with its last page.
    void browser
      .newPage()
      .then(() => page.close())
      .then(() => {
        hooks.crashed();
        told();
      });
  });

  return {
    async load(appUrl) {
      loading = toBrowserUrl(appUrl);
      await browser.grantPermissions(state.granted(), { origin: new URL(loading).origin });
      await page.goto(loading);
    },
    async deliver(channel, args) {
      if (world === undefined) throw new Error('the page is not there');
      await send(session, world, { kind: 'push', channel, args: args.map((arg) => encode(arg)) });
    },
    resize: (width, height) => page.setViewportSize({ width, height }),
    setColorScheme: (colorScheme) => page.emulateMedia({ colorScheme }),
    screenshot: async (path) => void (await page.screenshot({ path })),
    async crash() {
      const crashed = new Promise<void>((resolve) => {
        told = resolve;
      });
      // Chromium never answers: the page that would is gone.
      void session.send('Page.crash').catch(() => {});
      await crashed;
    },
  };
}

/** The answer of the app's protocol handler, with its status and headers. */
async function serve(route: Route): Promise<void> {
  const url = toAppUrl(route.request().url());
  const handler = originOf(url).startsWith('app://') ? state.protocols.get('app') : undefined;
  if (handler === undefined) {
    state.record.refused.push(`A request to ${url}`);
    return route.abort('blockedbyclient');
  }
  const response = await handler(new Request(url, { method: route.request().method() }));
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

async function answer(session: CDPSession, world: number, payload: string, hooks: PageHooks): Promise<void> {
  const { id, channel, args } = JSON.parse(payload);
  let message: Record<string, unknown>;
  try {
    const value = await hooks.invoke(
      channel,
      args.map((arg: unknown) => decode(arg)),
    );
    message = { kind: 'answer', id, value: encode(value) };
  } catch (error) {
    message = { kind: 'answer', id, error: error instanceof Error ? error.message : String(error) };
  }
  // A page that has gone meanwhile wants no answer.
  await send(session, world, message).catch(() => {});
}

async function send(session: CDPSession, contextId: number, message: unknown): Promise<void> {
  const { exceptionDetails } = await session.send('Runtime.evaluate', {
    contextId,
    expression: `standInReceive(${JSON.stringify(JSON.stringify(message))})`,
  });
  if (exceptionDetails !== undefined) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
}
