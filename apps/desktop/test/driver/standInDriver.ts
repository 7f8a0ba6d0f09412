import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { waitFor } from '@milepost/testing/waitFor';
import { type Browser, chromium, type Page } from 'playwright-core';
import { APP_ROOT, buildStandIn, isAlive } from './build.ts';
import type { AppDriver, LaunchOptions } from './driver.ts';
import { iconState } from './iconState.ts';
import { browserPid } from './standIn/browser.ts';
import { type Act, messageSchema, type Recorded, recordSchema } from './standIn/control.ts';

// The app's built bundles in a Node process, with the stand-in for Electron.

const STAND_IN_SOURCE = join(import.meta.dirname, 'standIn');
const OWN_TIME = join(import.meta.dirname, 'ownTime.cjs');

function start(
  standIn: string,
  profile: string,
  { userDataDir, env, main, deviceScaleFactor = 1, ownTime = false, clickedNotification = '' }: LaunchOptions,
) {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      ...(ownTime ? ['--require', OWN_TIME] : []),
      '--import',
      pathToFileURL(join(STAND_IN_SOURCE, 'register.mjs')).href,
      standIn,
      main ?? join(APP_ROOT, 'out/main/index.js'),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...env,
        MILEPOST_STAND_IN_URL: pathToFileURL(standIn).href,
        MILEPOST_STAND_IN_USER_DATA: userDataDir,
        MILEPOST_STAND_IN_PROFILE: profile,
        MILEPOST_STAND_IN_SCALE: String(deviceScaleFactor),
        MILEPOST_STAND_IN_CLICKED: clickedNotification,
      },
    },
  );
  return child;
}

export async function launchStandIn(options: LaunchOptions): Promise<AppDriver> {
  const standIn = await buildStandIn();
  const profile = await mkdtemp(join(tmpdir(), 'milepost-chromium-'));
  const child = start(standIn, profile, options);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ask = createAsk(child, () => log);
  let chromiumPid: number | undefined;
  let attached: Browser | undefined;

  async function record(): Promise<Recorded> {
    return recordSchema.parse(await ask({ kind: 'record' }));
  }

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

  const outcome = await Promise.race([
    started(child).then(() => 'started' as const),
    exited.then((code) => `ended with ${code}` as const),
  ]);
  if (outcome !== 'started') {
    await clear();
    throw new Error(`The app ${outcome} before its popover was there. It said:\n${log}`);
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
      const again = start(standIn, profile, options);
      return new Promise((resolve) => again.once('exit', resolve));
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
    log: () => log,
    pids: async () => [child.pid, chromiumPid].filter((pid) => pid !== undefined),
    async quit() {
      if (child.exitCode === null && child.signalCode === null) {
        // The answer may be lost with the process.
        await Promise.race([ask({ kind: 'quit' }).catch(() => {}), exited]);
      }
      await clear();
    },
    async kill() {
      child.kill('SIGKILL');
      await clear();
    },
  };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (raw) => {
      if (messageSchema.parse(raw).kind === 'started') resolve();
    });
  });
}

function createAsk(child: ChildProcess, log: () => string): (act: Act) => Promise<unknown> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  child.on('message', (raw) => {
    const message = messageSchema.parse(raw);
    if (message.kind === 'started') return;
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') asked?.resolve(message.value);
    else asked?.reject(new Error(message.message));
  });
  child.on('exit', () => {
    for (const asked of waiting.values()) asked.reject(new Error(`The app has ended. It said:\n${log()}`));
    waiting.clear();
  });
  return (act) =>
    new Promise((resolve, reject) => {
      if (!child.connected) {
        reject(new Error(`The app has ended. It said:\n${log()}`));
        return;
      }
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      child.send({ id: lastId, act });
    });
}
