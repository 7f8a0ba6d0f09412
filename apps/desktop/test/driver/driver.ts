import { appendFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { findElectron, launchElectron } from './electronDriver.ts';
import type {
  LoginItemOutcome,
  NotificationOutcome,
  PowerEvent,
  RecordedNotification,
} from './standIn/control.ts';
import { launchStandIn } from './standInDriver.ts';

// What a test of the app is written against, whichever of the two runs it: real Electron wherever its binary is, else
// the stand-in (see standIn/electron.ts).

export type { RecordedNotification } from './standIn/control.ts';

export interface LaunchOptions {
  /** The app's userData folder; a test's own. */
  userDataDir: string;
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  /** Another main bundle than the app's; only the stand-in can start one. */
  main?: string;
  /** Pixels per point, for screenshots; only the stand-in can choose. */
  deviceScaleFactor?: number;
  /** The test rules the main process's time, by {@link AppDriver.paceTime} and {@link AppDriver.passTime}. */
  ownTime?: boolean;
  /** The system starts the app because this notification of an earlier launch was clicked. */
  clickedNotification?: string;
  /** A person looks at it: notifications and menus are the system's own. Electron only. */
  shownReally?: boolean;
}

export interface TrayReading {
  title: string;
  tooltip: string;
  /** The state that the icon's shape tells: `idle`, `running`, `done`, `problem` or `offline`. */
  icon: string;
  /** How often the title was set. */
  titleChanges: number;
}

export interface AppDriver {
  readonly kind: 'electron' | 'stand-in';
  tray(): Promise<TrayReading>;
  clickTray(): Promise<void>;
  rightClickTray(): Promise<void>;
  /** The labels of the menu that was popped up last. */
  menu(): Promise<readonly string[]>;
  clickMenu(label: string): Promise<void>;
  /** The popover's page, shown or hidden. */
  window(): Promise<Page>;
  isPopoverVisible(): Promise<boolean>;
  /** The options that the app's one window was made with, as JSON. */
  windowOptions(): Promise<Readonly<Record<string, unknown>>>;
  /** The popover loses the keyboard, as by a click elsewhere. */
  blur(): Promise<void>;
  /** The app is started again while it runs. */
  activate(): Promise<void>;
  /** Starts a second process of the app on the same userData; resolves with its exit code. */
  launchAgain(): Promise<number | null>;
  notifications(): Promise<readonly RecordedNotification[]>;
  /** Whether the app did something at which macOS asks the person to allow notifications. */
  permissionAsked(): Promise<boolean>;
  /** Whether the app wants to start at login. */
  opensAtLogin(): Promise<boolean>;
  /** What the system makes of that from now on; it takes it by default. */
  answerLoginItem(outcome: LoginItemOutcome): Promise<void>;
  /** What the system does with notifications from now on; it takes them by default. */
  answerNotifications(outcome: NotificationOutcome): Promise<void>;
  /** What a person chooses when the app asks for a folder from now on; null: nothing. */
  answerDialog(folder: string | null): Promise<void>;
  /** A notification that this launch showed, or an earlier one on the same userData. */
  clickNotification(id: string): Promise<void>;
  actOnNotification(id: string, actionIndex: number): Promise<void>;
  power(event: PowerEvent): Promise<void>;
  /** From now on the main process's time passes so many times as fast; timers that run already don't. */
  paceTime(factor: number): Promise<void>;
  /** So many milliseconds pass at once, as over a sleep: no timer fires meanwhile. */
  passTime(ms: number): Promise<void>;
  /** Only the main process's wall clock is set forward by so much, or back. */
  setClock(ms: number): Promise<void>;
  setColorScheme(scheme: 'light' | 'dark'): Promise<void>;
  /** A PNG of the popover's page, in `deviceScaleFactor` pixels per point. */
  screenshot(path: string): Promise<void>;
  /** The popover's page dies, as when its process is killed. */
  crashPage(): Promise<void>;
  clipboard(): Promise<string>;
  /** Paths that were shown in the file manager. */
  shownItems(): Promise<readonly string[]>;
  /** What became of the downloads that pages asked for. */
  downloads(): Promise<readonly ('refused' | 'begun')[]>;
  /** Sends a message to main from a page that is not the app's; rejects with what main answers. */
  invokeAsStranger(channel: string, body: unknown): Promise<unknown>;
  /** What the app's processes printed so far. */
  log(): string;
  /** Pids of the processes that the launch started and that have to be gone after {@link quit} and {@link kill}. */
  pids(): Promise<readonly number[]>;
  /** Quits as a person does; resolves when every process is gone. */
  quit(): Promise<void>;
  /** SIGKILL; resolves when every process is gone. */
  kill(): Promise<void>;
}

/** Launches the built app; resolves when its icon and its popover's page are there. */
export async function launchApp(options: LaunchOptions): Promise<AppDriver> {
  const executable = findElectron();
  const driver =
    executable === undefined ? await launchStandIn(options) : await launchElectron(executable, options);
  const report = process.env['MILEPOST_DRIVER_REPORT'];
  if (report !== undefined && report !== '') appendFileSync(report, `${driver.kind}\n`);
  return driver;
}
