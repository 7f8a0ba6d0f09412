import type { Act, LoginItemOutcome, NotificationOutcome, Recorded } from './control.ts';
import type { Display } from './display.ts';

// What the stand-in has recorded, and how the test drives it. One process is one app, so this is one object.

export type ProtocolHandler = (request: Request) => Response | Promise<Response>;

interface StandInState {
  record: Pick<
    Recorded,
    | 'notifications'
    | 'permissionAsked'
    | 'opensAtLogin'
    | 'menu'
    | 'clipboard'
    | 'shownItems'
    | 'downloads'
    | 'refused'
  >;
  /** What the system does with notifications from now on. */
  notifications: NotificationOutcome;
  /** What it makes of an app that wants to start at login. */
  loginItem: LoginItemOutcome;
  /** What a person chooses in a dialog from now on; null: nothing. */
  folder: string | null;
  /** Each part of Electron adds what the test can do to it. */
  actions: Map<Act['kind'], (act: Act) => unknown>;
  /** The parts of {@link Recorded} that are read when they are asked for. */
  tray: () => Recorded['tray'];
  windows: () => Recorded['windows'];
  protocols: Map<string, ProtocolHandler>;
  /** What the app's session lets pages do, as Chromium names it. */
  granted: () => string[];
  /** Asks the app whether a download may begin. */
  mayDownload: () => boolean;
  /** What shows the windows; undefined: nothing yet. */
  display: Display | undefined;
  /** Something that a person would see has changed: the menu bar, a menu, a notification, a window. */
  changed: () => void;
  userData: string;
  deviceScaleFactor: number;
  /** The notification whose click started the app; empty: none did. */
  clicked: string;
}

/** A variable that whoever starts the stand-in has to set. */
export function need(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The stand-in needs ${name}.`);
  return value;
}

export const state: StandInState = {
  record: {
    notifications: [],
    permissionAsked: false,
    opensAtLogin: false,
    menu: [],
    clipboard: '',
    shownItems: [],
    downloads: [],
    refused: [],
  },
  notifications: 'show',
  loginItem: 'enabled',
  folder: null,
  actions: new Map(),
  tray: () => null,
  windows: () => [],
  protocols: new Map(),
  granted: () => [],
  mayDownload: () => true,
  display: undefined,
  changed: () => {},
  userData: need('MILEPOST_STAND_IN_USER_DATA'),
  deviceScaleFactor: Number(process.env['MILEPOST_STAND_IN_SCALE'] ?? '1'),
  clicked: process.env['MILEPOST_STAND_IN_CLICKED'] ?? '',
};

/** Adds something that the test can do. */
export function onAct<K extends Act['kind']>(
  kind: K,
  action: (act: Extract<Act, { kind: K }>) => unknown,
): void {
  state.actions.set(kind, (act) => {
    if (act.kind === kind) return action(act as Extract<Act, { kind: K }>);
    throw new Error(`${act.kind} is not ${kind}`);
  });
}
