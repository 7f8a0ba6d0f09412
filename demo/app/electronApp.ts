import { openingSchema } from '@milepost/desktop/bridge/view';
import { launchElectron } from '../../apps/desktop/test/driver/electronDriver.ts';
import type { DemoApp, DemoAppOptions } from './demoApp.ts';

/** The app in real Electron: its own icon in this machine's menu bar, the system's own notifications. */
export async function startElectronApp(
  executable: string,
  { userDataDir, fetchTo }: DemoAppOptions,
): Promise<DemoApp> {
  const app = await launchElectron(executable, { userDataDir, shownReally: true });
  await app.answerDialog(fetchTo);
  const page = await app.window();
  const ended = new Promise<void>((resolve) => page.once('close', () => resolve()));
  return {
    address: null,
    isSeen: async () => true,
    tray: () => app.tray(),
    notifications: () => app.notifications(),
    async openPopover() {
      if (!(await app.isPopoverVisible())) await app.clickTray();
    },
    jobs: async () => openingSchema.parse(await page.evaluate('milepost.ready(null)')).view.jobs,
    pressResume: (id) => app.actOnNotification(id, 0),
    async fetchResult(jobKey) {
      await page.evaluate(`milepost.fetchFiles(${JSON.stringify({ jobKey, what: 'result' })})`);
    },
    fetched: async () => (await app.shownItems()).at(-1),
    // The terminal tells it.
    tell: async () => {},
    ended,
    log: () => app.log(),
    quit: () => app.quit(),
  };
}
