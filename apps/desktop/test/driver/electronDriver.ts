import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { _electron, type ElectronApplication } from 'playwright-core';
import { APP_ROOT } from './build.ts';
import type { AppDriver, LaunchOptions } from './driver.ts';
import { iconState } from './iconState.ts';
import type {} from './ownTime.cjs';
import type { Recording } from './recorder.cjs';

// Real Electron through Playwright. What Playwright cannot see (icon, notifications, menus) is recorded by recorder.cjs,
// which is preloaded into the app's main process from outside.

const RECORDER = join(import.meta.dirname, 'recorder.cjs');
const OWN_TIME = join(import.meta.dirname, 'ownTime.cjs');

/** Electron's executable where it is already there; nothing is ever downloaded. */
export function findElectron(): string | undefined {
  const named = process.env['MILEPOST_ELECTRON_PATH'];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`MILEPOST_ELECTRON_PATH names ${named}, which is not there.`);
  }
  const folder = dirname(createRequire(join(APP_ROOT, 'package.json')).resolve('electron/package.json'));
  const pathFile = join(folder, 'path.txt');
  const inside = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8').trim()
    : process.platform === 'darwin'
      ? 'Electron.app/Contents/MacOS/Electron'
      : 'electron';
  return [process.env['ELECTRON_OVERRIDE_DIST_PATH'], join(folder, 'dist')]
    .filter((dist) => dist !== undefined && dist !== '')
    .map((dist) => join(String(dist), inside))
    .find((path) => existsSync(path));
}

export async function launchElectron(
  executablePath: string,
  { userDataDir, env, ownTime = false, clickedNotification = '', shownReally = false }: LaunchOptions,
): Promise<AppDriver> {
  const preloaded = [...(ownTime ? ['-r', OWN_TIME] : []), '-r', RECORDER];
  const ofApp = [`--user-data-dir=${userDataDir}`, join(APP_ROOT, 'out/main/index.js')];
  const args = [...preloaded, ...ofApp];
  const environment: Record<string, string> = {};
  const ofDriver = {
    MILEPOST_RECORDER_CLICKED: clickedNotification,
    MILEPOST_RECORDER_SHOWS: shownReally ? '1' : '0',
  };
  for (const [name, value] of Object.entries({ ...process.env, ...env, ...ofDriver })) {
    if (value !== undefined) environment[name] = value;
  }
  const app = await _electron.launch({
    executablePath,
    args,
    env: environment,
    chromiumSandbox: process.getuid?.() !== 0,
    colorScheme: null,
  });
  let log = '';
  const child = app.process();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      log += text.toString('utf8');
    });
  }
  const exited = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  const page = await app.firstWindow();
  await page.waitForLoadState();
  const read = (): Promise<Recording> => app.evaluate(() => globalThis.milepostRecorder.read());
  await waitFor('the menu-bar icon', async () => (await read()).tray !== null);

  return {
    kind: 'electron',
    async tray() {
      const { tray } = await read();
      if (tray === null) throw new Error('There is no menu-bar icon.');
      const { image, ...rest } = tray;
      return { ...rest, icon: iconState(image) };
    },
    clickTray: () => app.evaluate(() => globalThis.milepostRecorder.emitTray('click')),
    rightClickTray: () => app.evaluate(() => globalThis.milepostRecorder.emitTray('right-click')),
    menu: async () => (await read()).menu,
    clickMenu: (label) =>
      app.evaluate((_electron, name) => globalThis.milepostRecorder.clickMenu(name), label),
    window: async () => page,
    isPopoverVisible: () =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible())),
    windowOptions: async () => {
      const webPreferences = await app.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        const last = contents && Reflect.get(contents, 'getLastWebPreferences');
        return typeof last === 'function' ? JSON.parse(JSON.stringify(last.call(contents))) : {};
      });
      return { webPreferences };
    },
    blur: () =>
      app.evaluate(({ BrowserWindow }) => {
        for (const window of BrowserWindow.getAllWindows()) window.emit('blur');
      }),
    activate: () => app.evaluate(({ app: main }) => void main.emit('activate', {}, false)),
    launchAgain: () =>
      new Promise((resolve, reject) => {
        const again = spawn(
          executablePath,
          [...ofApp, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
          {
            env: environment,
            stdio: 'ignore',
          },
        );
        again.once('error', reject);
        again.once('exit', resolve);
      }),
    notifications: async () => (await read()).notifications,
    permissionAsked: async () => (await read()).permissionAsked,
    opensAtLogin: async () => (await read()).opensAtLogin,
    answerLoginItem: (outcome) =>
      app.evaluate((_electron, wanted) => globalThis.milepostRecorder.answerLoginItem(wanted), outcome),
    answerNotifications: (outcome) =>
      app.evaluate((_electron, wanted) => globalThis.milepostRecorder.answerNotifications(wanted), outcome),
    answerDialog: (folder) =>
      app.evaluate(({ dialog }, chosen) => {
        dialog.showOpenDialog = async () => ({
          canceled: chosen === null,
          filePaths: chosen === null ? [] : [chosen],
        });
      }, folder),
    clickNotification: (id) =>
      app.evaluate((_electron, name) => globalThis.milepostRecorder.emitNotification(name, 'click'), id),
    actOnNotification: (id, actionIndex) =>
      app.evaluate(
        (_electron, action) =>
          globalThis.milepostRecorder.emitNotification(action.id, 'action', action.actionIndex),
        { id, actionIndex },
      ),
    power: (event) =>
      app.evaluate(({ powerMonitor }, name) => {
        powerMonitor.emit(name);
      }, event),
    paceTime: (factor) => app.evaluate((_electron, paced) => globalThis.milepostTime.pace(paced), factor),
    passTime: (ms) => app.evaluate((_electron, passed) => globalThis.milepostTime.pass(passed), ms),
    setClock: (ms) => app.evaluate((_electron, by) => globalThis.milepostTime.setWall(by), ms),
    setColorScheme: (scheme) =>
      app.evaluate(({ nativeTheme }, source) => {
        nativeTheme.themeSource = source;
      }, scheme),
    screenshot: async (path) => void (await page.screenshot({ path })),
    crashPage: () =>
      app.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
      }),
    clipboard: () => app.evaluate(async ({ clipboard }) => clipboard.readText()),
    shownItems: async () => (await read()).shownItems,
    downloads: async () => (await read()).downloads,
    invokeAsStranger: (channel, body) => invokeAsStranger(app, channel, body),
    log: () => log,
    pids: async () => {
      const pids = await app.evaluate(({ app: main }) => main.getAppMetrics().map((metric) => metric.pid));
      return child.pid === undefined ? pids : [...new Set([child.pid, ...pids])];
    },
    async quit() {
      await app.evaluate(({ app: main }) => main.quit()).catch(() => {});
      await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A second window with the app's own preload and another origin asks main. */
function invokeAsStranger(app: ElectronApplication, channel: string, body: unknown): Promise<unknown> {
  return app.evaluate(
    async ({ BrowserWindow }, asked) => {
      const stranger = new BrowserWindow({
        show: false,
        webPreferences: { preload: asked.preload, sandbox: true, contextIsolation: true },
      });
      try {
        await stranger.loadURL('about:blank');
        return await stranger.webContents.executeJavaScript(
          `milepost[${JSON.stringify(asked.method)}](${JSON.stringify(asked.body)})`,
        );
      } finally {
        stranger.destroy();
      }
    },
    {
      preload: join(APP_ROOT, 'out/preload/index.cjs'),
      method: channel
        .replace('milepost:', '')
        .replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase()),
      body,
    },
  );
}
