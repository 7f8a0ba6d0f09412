import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type * as Electron from 'electron';
import { standInApp } from './app.ts';
import type { StandInPage } from './display.ts';
import { handleInvoke, type SenderFrame } from './ipcMain.ts';
import { originOf, toAppUrl } from './origins.ts';
import { onAct, state } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

/** What a window of this app has to ask for; the stand-in could show no other. */
const REQUIRED = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webSecurity: true,
} as const;

class StandInFrame implements SenderFrame, Surface<Electron.WebFrameMain, 'url' | 'origin'> {
  url = 'about:blank';
  get origin(): string {
    return originOf(this.url);
  }
}

class StandInContents
  extends EventEmitter
  implements Surface<Electron.WebContents, 'send' | 'isDevToolsOpened' | 'setWindowOpenHandler'>
{
  /** One object for the life of the page, as Electron's is while the frame lives. */
  readonly mainFrame = strict('WebFrameMain', new StandInFrame());
  page: Promise<StandInPage> | undefined;
  windowOpenHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined;
  /** Messages go out in the order in which they were sent. */
  private sending: Promise<unknown> = Promise.resolve();

  send(channel: string, ...args: unknown[]): void {
    this.sending = this.sending
      .then(() => this.page)
      .then((page) => page?.deliver(channel, args))
      // A page that is going away is told nothing more, as in Electron.
      .catch((error: unknown) => state.record.refused.push(`A message on ${channel}: ${String(error)}`));
  }
  isDevToolsOpened(): boolean {
    return false;
  }
  setWindowOpenHandler(handler: NonNullable<StandInContents['windowOpenHandler']>): void {
    this.windowOpenHandler = handler;
  }
}

type WindowSurface = Surface<
  Electron.BrowserWindow,
  'loadURL' | 'setBounds' | 'show' | 'hide' | 'focus' | 'isVisible' | 'isDestroyed'
>;

const windows: StandInWindow[] = [];

class StandInWindow extends EventEmitter implements WindowSurface {
  readonly webContents = strict('WebContents', new StandInContents());
  readonly options: Electron.BrowserWindowConstructorOptions;
  private readonly preload: string;
  private visible: boolean;
  private destroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    const preferences = options.webPreferences ?? {};
    for (const [name, value] of Object.entries(REQUIRED)) {
      const given = Reflect.get(preferences, name) ?? (name === 'sandbox' ? standInApp.sandboxed : value);
      if (given !== value) throw new Error(`The stand-in shows only safe windows, and ${name} is ${given}.`);
    }
    if (preferences.preload === undefined) throw new Error('The stand-in expects a preload.');
    this.options = options;
    this.preload = readFileSync(preferences.preload, 'utf8');
    this.visible = options.show !== false;
    windows.push(this);
    standInApp.emit('web-contents-created', makeEvent({}), this.webContents);
  }

  async loadURL(url: string): Promise<void> {
    const contents = this.webContents;
    contents.page ??= this.makePage();
    await (await contents.page).load(url);
    contents.emit('did-finish-load');
  }
  private async makePage(): Promise<StandInPage> {
    const { display } = state;
    if (display === undefined) throw new Error('There is nothing to show a window.');
    const contents = this.webContents;
    const frame = contents.mainFrame;
    return display.createPage({
      preload: this.preload,
      invoke: (channel, args) => handleInvoke(channel, args, contents, frame),
      mayNavigate(url) {
        const event = makeEvent({ url, isMainFrame: true, isSameDocument: false });
        contents.emit('will-navigate', event, url);
        return !event.defaultPrevented;
      },
      mayOpen: (url) =>
        contents.windowOpenHandler?.({
          url,
          frameName: '',
          features: '',
          disposition: 'foreground-tab',
          referrer: { url: frame.url, policy: 'no-referrer' },
        }).action === 'allow',
      navigated(url) {
        frame.url = toAppUrl(url);
      },
      crashed() {
        // The next load makes a new page.
        contents.page = undefined;
        contents.emit('render-process-gone', makeEvent({}), { reason: 'crashed', exitCode: 1 });
      },
    });
  }
  setBounds(bounds: Partial<Electron.Rectangle>): void {
    const { width, height } = bounds;
    if (width === undefined || height === undefined) return;
    void this.webContents.page?.then((page) => page.resize(width, height)).catch(() => {});
  }
  show(): void {
    this.visible = true;
    state.changed();
    this.emit('show');
  }
  hide(): void {
    this.visible = false;
    state.changed();
    this.emit('hide');
  }
  focus(): void {}
  isVisible(): boolean {
    return this.visible;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  /** Closes unless a listener refuses. */
  tryToClose(): boolean {
    const event = makeEvent({});
    this.emit('close', event);
    if (event.defaultPrevented) return false;
    this.destroyed = true;
    this.emit('closed');
    return true;
  }
}

export const BrowserWindow = new Proxy(StandInWindow, {
  construct: (target, [options]) => strict('BrowserWindow', new target(options)),
});

standInApp.closeWindows = () => windows.every((window) => window.isDestroyed() || window.tryToClose());

state.windows = () =>
  windows
    .filter((window) => !window.isDestroyed())
    .map((window) => ({
      visible: window.isVisible(),
      url: window.webContents.mainFrame.url,
      options: JSON.parse(JSON.stringify(window.options)),
    }));
onAct('blur', () => {
  for (const window of windows) if (window.isVisible()) window.emit('blur', makeEvent({}));
});
// The page's own message, without its page.
onAct('invoke', ({ channel, body }) => {
  const contents = windows[0]?.webContents;
  return handleInvoke(channel, [body], contents, contents?.mainFrame ?? null);
});
onAct('screenshot', async ({ path }) => (await windows[0]?.webContents.page)?.screenshot(path));
onAct('crash', async () => (await windows[0]?.webContents.page)?.crash());
onAct('color-scheme', async ({ scheme }) => {
  for (const window of windows) await (await window.webContents.page)?.setColorScheme(scheme);
});
