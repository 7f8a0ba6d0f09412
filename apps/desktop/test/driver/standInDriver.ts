import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildStandIn } from './build.ts';
import type { AppDriver, LaunchOptions } from './driver.ts';
import { iconState } from './iconState.ts';
import { isAlive } from './isAlive.ts';
import { browserPid } from './standIn/browser.ts';
import { startStandIn } from './standInProcess.ts';

// The app's built bundles in a Node process, with the stand-in for Electron.

export async function launchStandIn(options: LaunchOptions): Promise<AppDriver> {
  const standIn = await buildStandIn();
  const profile = await mkdtemp(join(tmpdir(), 'milepost-chromium-'));
  const start = () =>
    startStandIn(standIn, { ...options, env: { ...options.env, MILEPOST_STAND_IN_PROFILE: profile } });
  const app = start();
  const { ask, record, exited } = app;
  let chromiumPid: number | undefined;
  let attached: Browser | undefined;

  /** The process is ending: nothing of it stays. */
  async function clear(): Promise<void> {
    await attached?.close().catch(() => {});
    await exited;
    const pid = chromiumPid;
    if (pid !== undefined) {
      // Its pipe to the ended process is closed, so it goes by itself; SIGKILL is for one that hangs.
      await waitFor('Chromium to end', () => !isAlive(pid), { limitMs: 5000 }).catch(() => {
        process.kill(pid, 'SIGKILL');
        return waitFor('Chromium to be gone', () => !isAlive(pid));
      });
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async function window(): Promise<Page> {
    if (attached === undefined) {
      const port = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')[0];
      attached = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    }
    const browser = attached;
    return waitFor('the popover to be a page', () =>
      browser
        .contexts()
        .flatMap((context) => context.pages())
        .find((page) => page.url().startsWith('https://')),
    );
  }

  const outcome = await app.started;
  if (outcome !== 'started') {
    await clear();
    throw new Error(
      `The app ended with ${outcome.code} before its popover was there. It said:\n${app.log()}`,
    );
  }
  chromiumPid = await browserPid(profile);

  return {
    kind: 'stand-in',
    async tray() {
      const { tray } = await record();
      if (tray === null) throw new Error('There is no menu-bar icon.');
      const { image, ...rest } = tray;
      return { ...rest, icon: iconState(image) };
    },
    clickTray: () => ask({ kind: 'click-tray' }).then(() => {}),
    rightClickTray: () => ask({ kind: 'right-click-tray' }).then(() => {}),
    menu: async () => (await record()).menu,
    clickMenu: (label) => ask({ kind: 'click-menu', label }).then(() => {}),
    window,
    isPopoverVisible: async () => (await record()).windows.some((shown) => shown.visible),
    windowOptions: async () => (await record()).windows[0]?.options ?? {},
    blur: () => ask({ kind: 'blur' }).then(() => {}),
    activate: () => ask({ kind: 'activate' }).then(() => {}),
    async launchAgain() {
      return start().exited;
    },
    notifications: async () => (await record()).notifications,
    permissionAsked: async () => (await record()).permissionAsked,
    opensAtLogin: async () => (await record()).opensAtLogin,
    answerLoginItem: (outcome) => ask({ kind: 'answer-login-item', outcome }).then(() => {}),
    answerNotifications: (outcome) => ask({ kind: 'answer-notifications', outcome }).then(() => {}),
    answerDialog: (folder) => ask({ kind: 'answer-dialog', folder }).then(() => {}),
    clickNotification: (id) => ask({ kind: 'click-notification', id }).then(() => {}),
    actOnNotification: (id, actionIndex) =>
      ask({ kind: 'act-on-notification', id, actionIndex }).then(() => {}),
    power: (event) => ask({ kind: 'power', event }).then(() => {}),
    paceTime: (factor) => ask({ kind: 'pace-time', factor }).then(() => {}),
    passTime: (ms) => ask({ kind: 'pass-time', ms }).then(() => {}),
    setClock: (ms) => ask({ kind: 'set-clock', ms }).then(() => {}),
    setColorScheme: (scheme) => ask({ kind: 'color-scheme', scheme }).then(() => {}),
    screenshot: (path) => ask({ kind: 'screenshot', path }).then(() => {}),
    crashPage: () => ask({ kind: 'crash' }).then(() => {}),
    clipboard: async () => (await record()).clipboard,
    shownItems: async () => (await record()).shownItems,
    downloads: async () => (await record()).downloads,
    invokeAsStranger: (channel, body) => ask({ kind: 'invoke-as-stranger', channel, body }),
    log: app.log,
    pids: async () => [app.pid, chromiumPid].filter((pid) => pid !== undefined),
    async quit() {
      if (app.isRunning()) {
        // The answer may be lost with the process.
        await Promise.race([ask({ kind: 'quit' }).catch(() => {}), exited]);
      }
      await clear();
    },
    async kill() {
      app.kill();
      await clear();
    },
  };
}
