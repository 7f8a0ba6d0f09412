import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Electron from 'electron';
import { takeAway } from './delivered.ts';
import { onAct, state } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

type AppSurface = Surface<
  Electron.App,
  | 'requestSingleInstanceLock'
  | 'enableSandbox'
  | 'whenReady'
  | 'quit'
  | 'exit'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'getLoginItemSettings'
  | 'setLoginItemSettings'
>;

/** What macOS calls the click on a notification itself. */
const DEFAULT_ACTION = 'com.apple.UNNotificationDefaultActionIdentifier';

/** Another start of the same app wakes the first with it. */
const SECOND_INSTANCE = 'SIGUSR2';

class StandInApp extends EventEmitter implements AppSurface {
  sandboxed = false;
  readonly isPackaged = false;
  private holdsLock = false;
  private becomeReady: () => void = () => {};
  private readonly ready = new Promise<void>((resolve) => {
    this.becomeReady = resolve;
  });
  /** Asks the windows to close; false where one refuses. Set by BrowserWindow. */
  closeWindows: () => boolean = () => true;

  requestSingleInstanceLock(): boolean {
    mkdirSync(state.userData, { recursive: true });
    const owner = ownerOf(this.lockFile());
    if (owner !== undefined) {
      process.kill(owner, SECOND_INSTANCE);
      return false;
    }
    writeFileSync(this.lockFile(), String(process.pid));
    this.holdsLock = true;
    process.on(SECOND_INSTANCE, () =>
      this.emit('second-instance', makeEvent({}), [], state.userData, undefined),
    );
    return true;
  }
  enableSandbox(): void {
    this.sandboxed = true;
  }
  whenReady(): Promise<void> {
    return this.ready;
  }
  start(): void {
    const { clicked } = state;
    const click = { identifier: clicked, actionIdentifier: DEFAULT_ACTION, date: 0, userInfo: {} };
    if (clicked !== '') takeAway(clicked);
    this.emit('ready', makeEvent({}), clicked === '' ? {} : click);
    this.becomeReady();
  }
  getPath(name: Parameters<Electron.App['getPath']>[0]): string {
    if (name === 'userData') return state.userData;
    throw new Error(`The stand-in has no app.getPath('${name}').`);
  }
  getVersion(): string {
    return '0.0.0-stand-in';
  }
  getLoginItemSettings(): Electron.LoginItemSettings {
    const status = state.record.opensAtLogin ? state.loginItem : 'not-registered';
    return {
      openAtLogin: status === 'enabled',
      status,
      wasOpenedAtLogin: false,
      executableWillLaunchAtLogin: false,
      launchItems: [],
    };
  }
  setLoginItemSettings({ openAtLogin = false }: Electron.Settings): void {
    state.record.opensAtLogin = openAtLogin;
  }
  quit(): void {
    const event = makeEvent({});
    this.emit('before-quit', event);
    if (event.defaultPrevented || !this.closeWindows()) return;
    this.emit('will-quit', makeEvent({}));
    this.exit(0);
  }
  exit(exitCode = 0): void {
    this.emit('quit', makeEvent({}), exitCode);
    if (this.holdsLock) rmSync(this.lockFile(), { force: true });
    void Promise.resolve(state.display?.close())
      .catch(() => {})
      .finally(() => process.exit(exitCode));
  }
  private lockFile(): string {
    return join(state.userData, 'stand-in.lock');
  }
}

function ownerOf(lockFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

export const standInApp = new StandInApp();
export const app = strict('app', standInApp);

onAct('activate', () => standInApp.emit('activate', makeEvent({}), false));
onAct('answer-login-item', ({ outcome }) => {
  state.loginItem = outcome;
});
onAct('quit', () => standInApp.quit());
