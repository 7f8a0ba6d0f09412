import type { Monitor } from '@milepost/monitor/api';
import type { App } from 'electron';

/** Connections that do not end in this time are left to the end of the process. */
const STOP_LIMIT_MS = 3000;

/**
 * Opens the popover when the app is started again (the icon must not be the only entrance), and ends the monitor before
 * the process ends.
 */
export function followLife(
  app: App,
  deps: { monitor: Pick<Monitor, 'stop'>; open(): void; hide(): void },
): void {
  app.on('second-instance', () => deps.open());
  app.on('activate', () => deps.open());
  // The popover is hidden, not closed; the app ends only when it is told to.
  app.on('window-all-closed', () => {});

  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    const limit = new Promise<void>((resolve) => setTimeout(resolve, STOP_LIMIT_MS));
    void Promise.race([deps.monitor.stop(), limit])
      .catch((error: unknown) => console.error(`The monitor did not stop in order: ${String(error)}`))
      .finally(() => {
        stopped = true;
        // A window that is open would refuse to close.
        deps.hide();
        app.quit();
      });
  });
}
