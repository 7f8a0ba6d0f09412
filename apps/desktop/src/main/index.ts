import { join } from 'node:path';
import { createMonitor } from '@milepost/monitor/monitor';
import { app, clipboard, dialog, ipcMain, Menu, powerMonitor, protocol, session, shell } from 'electron';
import type { SettingsAnswer } from '../bridge/settings.ts';
import type { Opening } from '../bridge/view.ts';
import { FIRST_COMMAND, strings } from '../strings.ts';
import { isAlertWanted } from './alerts.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { withDismissed, withoutDismissed } from './dismissed.ts';
import { createFetchJob } from './fetchJob.ts';
import { registerIpc } from './ipc.ts';
import { checkpointsAnswer, endedRuns, LOG_LINES, logAnswer } from './jobDetail.ts';
import { followLife } from './lifecycle.ts';
import { applicationMenu, trayMenu } from './menu.ts';
import { monitorOptions } from './monitorOptions.ts';
import { networkWatcher, watchNetwork } from './networkWatch.ts';
import { createNotifications } from './notifications.ts';
import { createPopover } from './popover.ts';
import { followPower } from './power.ts';
import { APP_SCHEME, createAppHandler } from './protocol.ts';
import { createResumeJob } from './resumeJob.ts';
import { lockNavigation, lockSession } from './security.ts';
import { openSettings } from './settings.ts';
import { withChange } from './settingsChange.ts';
import type { Settings } from './settingsSchema.ts';
import { appView, attend, showMonitor } from './show.ts';
import { createTray } from './tray.ts';
import { trayFace } from './trayTitle.ts';

const here = import.meta.dirname;
const now = Date.now;

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([APP_SCHEME]);
  lockNavigation(app);
  app.whenReady().then(run, (error: unknown) => {
    console.error(`Milepost could not start: ${String(error)}`);
    app.exit(1);
  });
} else {
  app.quit();
}

async function run(): Promise<void> {
  if (process.platform === 'darwin') app.setActivationPolicy('accessory');
  lockSession(session.defaultSession);
  protocol.handle('app', createAppHandler(join(here, '../renderer')));
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu()));

  const userData = app.getPath('userData');
  const settings = await openSettings(join(userData, 'settings.json'), now());
  const monitor = createMonitor(monitorOptions(settings.current(), userData));
  const resumeJob = createResumeJob({ monitor, now });
  const fetchJob = createFetchJob({
    monitor,
    async chooseFolder() {
      const { canceled, filePaths } = await popover.holdOpen(() =>
        dialog.showOpenDialog({
          buttonLabel: strings.fetch.choose,
          properties: ['openDirectory', 'createDirectory'],
        }),
      );
      return canceled ? null : (filePaths[0] ?? null);
    },
    showInFolder: (path) => shell.showItemInFolder(path),
    changed: () => popover.push('view', view()),
    now,
  });
  const view = () => appView(monitor, settings, fetchJob);

  const tray = createTray({
    iconFolder: here,
    first: trayFace(withoutDismissed(monitor.view(), settings.current()), now()),
    toggle: () => popover.toggle(),
    menu: () =>
      trayMenu(withoutDismissed(monitor.view(), settings.current()), now(), {
        open: (jobKey) => openAt(jobKey),
        pollNow: () => void monitor.pollNow(),
        settings: () => popover.open(null, 'settings'),
        quit: () => app.quit(),
      }),
  });
  const popover = createPopover({
    preload: join(here, '../preload/index.cjs'),
    platform: process.platform,
    now,
    iconBounds: () => tray.bounds(),
    opening: () => ({ view: view(), translucent: process.platform === 'darwin' }),
    visibilityChanged: (visible) => void attend(visible, { monitor, settings, popover, appView: view }),
  });
  async function change(edit: (before: Settings) => Settings): Promise<SettingsAnswer> {
    const problem = await settings.change(edit);
    if (problem !== null) return { kind: 'failed', problem };
    shown.refresh();
    return { kind: 'saved' };
  }
  async function copy(text: string | undefined): Promise<void> {
    if (text !== undefined) await clipboard.writeText(text);
  }
  function openAt(jobKey: string | null, question: NonNullable<Opening['focus']>['question'] = null): void {
    popover.open(jobKey === null ? null : { jobKey, question });
  }

  registerIpc(ipcMain, popover.trustedFrame, {
    ready: () => popover.rendererReady(),
    resume: ({ jobKey, confirmed }) => resumeJob(jobKey, confirmed),
    stopJob: ({ jobKey, now: atOnce }) => monitor.stopJob(jobKey, { now: atOnce }),
    readLog: async ({ jobKey }) => logAnswer(await monitor.logs(jobKey, { lines: LOG_LINES })),
    readCheckpoints: async ({ jobKey }) => checkpointsAnswer(await monitor.checkpoints(jobKey)),
    readRuns: ({ jobKey }) => endedRuns(monitor.history(jobKey)),
    // Not awaited: how far it is stands in the view.
    fetchFiles: ({ jobKey, what }) => void fetchJob.fetch(jobKey, what),
    cancelFetch: ({ jobKey }) => fetchJob.cancel(jobKey),
    copyPath: ({ jobKey }) => copy(monitor.view().jobs.find(({ key }) => key === jobKey)?.path),
    copyDiagnostics({ jobKey }) {
      const about = {
        version: app.getVersion(),
        platform: `${process.platform} ${process.arch}`,
        now: now(),
      };
      return copy(diagnosticsOf(monitor.view(), jobKey, about));
    },
    pollNow: ({ hostId }) => monitor.pollNow(hostId ?? undefined),
    hide: () => popover.hide(),
    fitHeight: ({ heightPx }) => popover.fitHeight(heightPx),
    copyFirstCommand: () => clipboard.writeText(FIRST_COMMAND),
    showSettingsFile: () => shell.showItemInFolder(settings.path),
    async changeSettings(wanted) {
      const answer = await change((before) => withChange(before, wanted));
      if (answer.kind === 'saved' && wanted.alerts?.state === 'on') notifications.askPermission();
      return answer;
    },
    dismiss: ({ jobKeys }) => change((before) => withDismissed(before, monitor.view(), jobKeys)),
    testAlert: () => notifications.test(),
  });
  const notifications = createNotifications({
    wanted: (kind) => isAlertWanted(settings.current().alerts, kind),
    shown: (eventId) => monitor.eventShown(eventId),
    open: (jobKey) => openAt(jobKey),
    async resume(jobKey) {
      const result = await resumeJob(jobKey, false);
      if (result.kind !== 'done') openAt(jobKey, result.kind === 'ask' ? result.question : null);
    },
  });

  const shown = showMonitor({ monitor, settings, tray, popover, appView: view, now });
  monitor.onEvent((event) => notifications.show(event));
  followPower(powerMonitor, monitor);
  const network = watchNetwork({
    watcher: networkWatcher(process.platform),
    changed: () => monitor.networkChanged(),
  });
  app.on('will-quit', () => network.stop());
  followLife(app, { monitor, open: () => popover.open(null), hide: () => popover.hide() });
  monitor.start();
}
