import { BrowserWindow, type BrowserWindowConstructorOptions, screen } from 'electron';
import type { Opening } from '../bridge/view.ts';
import { type PushName, type PushOf, pushes } from '../bridge.ts';
import { POPOVER_WIDTH, placePopover, type Rect } from './popoverPlace.ts';
import { APP_PAGE } from './protocol.ts';

/** A click on the icon while the popover is open first takes its focus away: within this time it closes, not reopens. */
const REOPEN_GUARD_MS = 200;
const FIRST_HEIGHT = 320;
/** A page that dies sooner after its loading is loaded again only when somebody wants to see it. */
const RELOAD_GUARD_MS = 10_000;

export interface Popover {
  open(focus: Opening['focus'], screen?: Opening['screen']): void;
  toggle(): void;
  hide(): void;
  /** Keeps the popover open, also without the keyboard, until `work` (such as a dialog) is done. */
  holdOpen<T>(work: () => Promise<T>): Promise<T>;
  /** The page listens: answers what it is to show, and sends it pushes from here on. */
  rendererReady(): Opening;
  /** Sends nothing while the popover is hidden. */
  push<N extends PushName>(name: N, message: PushOf<N>): void;
  fitHeight(heightPx: number): void;
  /** Places an open window anew: its text is of another size. */
  refit(): void;
  /** The one frame whose messages are answered; null without a window. */
  trustedFrame(): unknown;
}

export function popoverOptions(preload: string, platform: NodeJS.Platform): BrowserWindowConstructorOptions {
  return {
    width: POPOVER_WIDTH,
    height: FIRST_HEIGHT,
    show: false,
    frame: false,
    resizable: false,
    movable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    hiddenInMissionControl: true,
    // A panel takes the keyboard without making the app active, and stands over full-screen apps.
    ...(platform === 'darwin'
      ? { type: 'panel', vibrancy: 'popover' as const, visualEffectState: 'active' as const }
      : { alwaysOnTop: true }),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
    },
  };
}

/** The one window. It is loaded hidden at the start, so that a click shows it at once. */
export function createPopover(deps: {
  preload: string;
  platform: NodeJS.Platform;
  now(): number;
  iconBounds(): Rect | null;
  opening(): Pick<Opening, 'view' | 'translucent'>;
  /** How large text is; the page shows it so, and the window is as much wider. */
  textPercent(): number;
  visibilityChanged(visible: boolean): void;
}): Popover {
  const window = new BrowserWindow(popoverOptions(deps.preload, deps.platform));
  let visible = false;
  let ready = false;
  let focus: Opening['focus'] = null;
  let shownScreen: Opening['screen'] = 'jobs';
  let heightPx = FIRST_HEIGHT;
  let hiddenAt = 0;
  let loadedAt = 0;
  let gone = false;
  let holders = 0;

  const opening = (): Opening => ({ ...deps.opening(), visible, focus, screen: shownScreen });

  function place(): void {
    window.setBounds(
      placePopover({
        icon: deps.iconBounds(),
        displays: screen.getAllDisplays(),
        primary: screen.getPrimaryDisplay(),
        widthPx: (POPOVER_WIDTH * deps.textPercent()) / 100,
        heightPx,
      }),
    );
  }

  function push<N extends PushName>(name: N, message: PushOf<N>): void {
    if (ready && !window.isDestroyed()) window.webContents.send(pushes[name].channel, message);
  }

  function open(at: Opening['focus'], on: Opening['screen'] = 'jobs'): void {
    focus = at;
    shownScreen = on;
    const wasVisible = visible;
    visible = true;
    place();
    if (gone) load();
    push('opened', opening());
    window.show();
    window.focus();
    if (!wasVisible) deps.visibilityChanged(true);
  }

  function hide(): void {
    if (!visible) return;
    push('closed', null);
    visible = false;
    focus = null;
    shownScreen = 'jobs';
    hiddenAt = deps.now();
    window.hide();
    deps.visibilityChanged(false);
  }

  window.on('blur', () => {
    if (holders === 0 && !window.webContents.isDevToolsOpened()) hide();
  });
  // Closing (Cmd+W) hides: the window lives as long as the app.
  window.on('close', (event) => {
    if (visible) {
      event.preventDefault();
      hide();
    }
  });
  screen.on('display-metrics-changed', hide);
  window.webContents.on('render-process-gone', () => {
    ready = false;
    gone = true;
    if (deps.now() - loadedAt > RELOAD_GUARD_MS) load();
  });
  function load(): void {
    gone = false;
    loadedAt = deps.now();
    window.loadURL(APP_PAGE).catch((error: unknown) => {
      console.error(`The popover's page could not be loaded: ${String(error)}`);
    });
  }
  load();

  return {
    open,
    toggle() {
      if (visible) hide();
      else if (deps.now() - hiddenAt > REOPEN_GUARD_MS) open(null);
    },
    hide,
    async holdOpen(work) {
      holders += 1;
      try {
        return await work();
      } finally {
        holders -= 1;
        if (visible) window.focus();
      }
    },
    rendererReady() {
      ready = true;
      return opening();
    },
    push(name, message) {
      if (visible) push(name, message);
    },
    refit() {
      if (visible) place();
    },
    fitHeight(wanted) {
      if (wanted === heightPx) return;
      heightPx = wanted;
      if (visible) place();
    },
    trustedFrame: () => (window.isDestroyed() ? null : window.webContents.mainFrame),
  };
}
