import { homedir } from 'node:os';
import { join } from 'node:path';
import { createMonitor } from '@milepost/monitor/monitor';
import { findSshHosts } from '@milepost/monitor/setup/sshHosts';
import { app, clipboard, dialog, ipcMain, Menu, powerMonitor, protocol, session, shell } from 'electron';
import type { SettingsAnswer } from '../bridge/settings.ts';
import type { Opening } from '../bridge/view.ts';
import { FIRST_COMMAND, strings } from '../strings.ts';
import { AGENT_VERSION, agentPath, readAgent } from './agentFile.ts';
import { isAlertWanted } from './alerts.ts';
import { applySettings } from './applySettings.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { withDismissed, withoutDismissed } from './dismissed.ts';
import { createFetchJob } from './fetchJob.ts';
import { registerIpc } from './ipc.ts';
import { checkpointsAnswer, endedRuns, LOG_LINES, logAnswer } from './jobDetail.ts';
import { type LaunchNotification, launchNotification } from './launch.ts';
import { followLife } from './lifecycle.ts';
import { createLoginItem } from './loginItem.ts';
import { applicationMenu, trayMenu } from './menu.ts';
import { hostConnect, monitorOptions } from './monitorOptions.ts';
import { networkWatcher, watchNetwork } from './networkWatch.ts';
import { createNotifications } from './notifications.ts';
import { createPersonAnswers } from './personAnswers.ts';
import { createPopover } from './popover.ts';
import { followPower } from './power.ts';
import { APP_SCHEME, createAppHandler } from './protocol.ts';
import { createResumeJob } from './resumeJob.ts';
import { lockNavigation, lockSession } from './security.ts';
import { openSettings } from './settings.ts';
import { withChange } from './settingsChange.ts';
import { settingsHandlers } from './settingsHandlers.ts';
import type { Settings } from './settingsSchema.ts';
import { createSetup } from './setup.ts';
import { setupHandlers } from './setupHandlers.ts';
import { appView, attend, showMonitor } from './show.ts';
import { createTray } from './tray.ts';
import { trayFace } from './trayTitle.ts';

const here = import.meta.dirname;
const now = Date.now;

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([APP_SCHEME]);
  lockNavigation(app);
  const launched = new Promise<LaunchNotification | null>((resolve) => {
    app.once('ready', (_event, launchInfo) => resolve(launchNotification(launchInfo)));
  });
  app.whenReady().then(
    () => run(launched),
    (error: unknown) => {
      console.error(`Milepost could not start: ${String(error)}`);
      app.exit(1);
    },
  );
} else {
  app.quit();
}

async function run(launched: Promise<LaunchNotification | null>): Promise<void> {
  if (process.platform === 'darwin') app.setActivationPolicy('accessory');
  lockSession(session.defaultSession);
  protocol.handle('app', createAppHandler(join(here, '../renderer')));
  const showSettings = (): void => popover.open(null, 'settings');
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu({ settings: showSettings })));

  const userData = app.getPath('userData');
  const settings = await openSettings(join(userData, 'settings.json'), now());
  const answers = createPersonAnswers();
  const connect = hostConnect(settings.current(), userData, answers);
  const monitor = createMonitor(monitorOptions(settings.current(), userData, connect));
  monitor.setPaused(settings.current().paused);
  const loginItem = createLoginItem(app);
  const agent = agentPath({ isPackaged: app.isPackaged, resources: process.resourcesPath, mainFolder: here });
  const setup = createSetup({
    connect,
    agentVersion: AGENT_VERSION,
    readAgent: () => readAgent(agent),
    changed: () => popover.push('view', view()),
    now,
  });
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
  const view = () => appView({ monitor, settings, fetchJob, loginItem, setup });

  const tray = createTray({
    iconFolder: here,
    first: trayFace(withoutDismissed(monitor.view(), settings.current()), now(), settings.current()),
    toggle: () => popover.toggle(),
    menu: () =>
      trayMenu(withoutDismissed(monitor.view(), settings.current()), now(), settings.current().paused, {
        open: (jobKey) => openAt(jobKey),
        pollNow: () => void monitor.pollNow(),
        setPaused: (paused) => void change((before) => withChange(before, { paused })),
        settings: showSettings,
        quit: () => app.quit(),
      }),
  });
  const popover = createPopover({
    preload: join(here, '../preload/index.cjs'),
    platform: process.platform,
    now,
    iconBounds: () => tray.bounds(),
    opening: () => ({ view: view(), translucent: process.platform === 'darwin' }),
    textPercent: () => settings.current().textPercent,
    visibilityChanged: (visible) =>
      void attend(visible, { monitor, settings, loginItem, refresh: () => shown.refresh() }),
  });
  async function change(edit: (before: Settings) => Settings): Promise<SettingsAnswer> {
    const problem = await settings.change(edit);
    if (problem !== null) return { kind: 'failed', problem };
    applySettings(monitor, settings.current());
    shown.refresh();
    popover.refit();
    return { kind: 'saved' };
  }
  /** Who acts wants to see what comes of it: paused polls go on. */
  async function goOn(): Promise<void> {
    if (settings.current().paused) await change((before) => withChange(before, { paused: false }));
  }
  async function copy(text: string | undefined): Promise<void> {
    if (text !== undefined) await clipboard.writeText(text);
  }
  function openAt(jobKey: string | null, question: NonNullable<Opening['focus']>['question'] = null): void {
    popover.open(jobKey === null ? null : { jobKey, question });
  }

  registerIpc(ipcMain, popover.trustedFrame, {
    ready: () => popover.rendererReady(),
    // What came of it is seen by polls.
    resume: ({ jobKey, confirmed }) => goOn().then(() => resumeJob(jobKey, confirmed)),
    stopJob: ({ jobKey, now: atOnce }) => goOn().then(() => monitor.stopJob(jobKey, { now: atOnce })),
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
    pollNow: ({ hostId }) => goOn().then(() => monitor.pollNow(hostId ?? undefined)),
    hide: () => popover.hide(),
    fitHeight: ({ heightPx }) => popover.fitHeight(heightPx),
    copyFirstCommand: () => clipboard.writeText(FIRST_COMMAND),
    showSettingsFile: () => shell.showItemInFolder(settings.path),
    ...settingsHandlers({ change, loginItem, alertsTurnedOn: () => notifications.askPermission() }),
    ...setupHandlers({
      setup,
      monitor,
      answers,
      settings: settings.current,
      change,
      findHosts: () => findSshHosts({ configFile: settings.current().sshConfigFile, homeDir: homedir() }),
      copy: (text) => clipboard.writeText(text),
    }),
    dismiss: ({ jobKeys }) => change((before) => withDismissed(before, monitor.view(), jobKeys)),
    testAlert: () => notifications.test(),
  });
  const notifications = createNotifications({
    wanted: (kind) => isAlertWanted(settings.current().alerts, kind),
    shown: (eventId) => monitor.eventShown(eventId),
    open: (jobKey) => openAt(jobKey),
    eventOf: (eventId) => monitor.notedEvent(eventId),
    async resume(jobKey, hostId) {
      await goOn();
      if (!monitor.view().jobs.some(({ key }) => key === jobKey)) await monitor.pollNow(hostId);
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
  // Asking for them makes macOS ask the person, where it has not.
  if (settings.current().alerts.state === 'on') await notifications.restore();
  const by = await launched;
  if (by !== null) await notifications.launchedBy(by);
}
