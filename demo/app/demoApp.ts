import type { AppView } from '@milepost/desktop/bridge/view';
import type { RecordedNotification } from '../../apps/desktop/test/driver/standIn/control.ts';
import type { Story } from '../story.ts';

/** The menu-bar app, as the demo sees and presses it: in Electron, or in a page of a browser. */
export interface DemoApp {
  /** Where the page is that shows it; null: it is in this machine's own menu bar. */
  address: string | null;
  /** Whether somebody may be looking. */
  isSeen(): Promise<boolean>;
  tray(): Promise<{ title: string; icon: string }>;
  notifications(): Promise<readonly RecordedNotification[]>;
  openPopover(): Promise<void>;
  /** What the popover would show now. */
  jobs(): Promise<AppView['jobs']>;
  /** Presses the button of a notification. */
  pressResume(notificationId: string): Promise<void>;
  /** What the popover's own button does; the folder is chosen for whoever presses it. */
  fetchResult(jobKey: string): Promise<void>;
  /** The file that was fetched last, once it is whole; undefined: none was. */
  fetched(): Promise<string | undefined>;
  /** Tells what goes on around the app, where there is room for it. */
  tell(story: Story): Promise<void>;
  /** Resolves when the app has ended, whoever ended it. */
  ended: Promise<void>;
  /** What it printed. */
  log(): string;
  quit(): Promise<void>;
}

export interface DemoAppOptions {
  /** The app's own folder, with its settings.json. */
  userDataDir: string;
  /** Where fetched files go. */
  fetchTo: string;
  /** A folder for what has to be built. */
  buildDir: string;
}
