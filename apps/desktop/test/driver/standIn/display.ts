// What shows the app's windows: Chromium, which a test drives; or whatever else can show a page and run its preload.

export interface PageHooks {
  /** The text of the preload's bundle, run as it is. */
  preload: string;
  invoke(channel: string, args: readonly unknown[]): Promise<unknown>;
  mayNavigate(url: string): boolean;
  mayOpen(url: string): boolean;
  navigated(browserUrl: string): void;
  crashed(): void;
}

export interface StandInPage {
  load(appUrl: string): Promise<void>;
  /** Sends a message to the preload. */
  deliver(channel: string, args: readonly unknown[]): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  setColorScheme(scheme: 'light' | 'dark'): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** The page's process dies. */
  crash(): Promise<void>;
}

export interface Display {
  createPage(hooks: PageHooks): Promise<StandInPage>;
  close(): Promise<void>;
}
