import type { Monitor } from '@milepost/monitor/api';
import { isResumable } from '@milepost/shared/state';
import type { AppView } from '../bridge/view.ts';
import { withoutDismissed } from './dismissed.ts';
import type { FetchJob } from './fetchJob.ts';
import type { Popover } from './popover.ts';
import type { SettingsFile } from './settings.ts';
import { settingsView } from './settingsChange.ts';
import type { TrayIcon } from './tray.ts';
import { jobsByWeight, trayFace } from './trayTitle.ts';

/** States in which a job has a run that can be told to end. */
const STOPPABLE: ReadonlySet<AppView['jobs'][number]['state']> = new Set(['queued', 'running', 'stalled']);

/** What the popover shows of what the monitor knows. */
export function appView(
  monitor: Pick<Monitor, 'view'>,
  settings: SettingsFile,
  fetchJob: Pick<FetchJob, 'state'>,
): AppView {
  const { hosts, jobs, problem = null } = withoutDismissed(monitor.view(), settings.current());
  return {
    hosts,
    // Somebody's own PROGRESS.txt has no agent that could resume it.
    jobs: jobsByWeight(jobs).map((job) => ({
      ...job,
      resumable: job.id !== null && isResumable(job.state),
      stoppable: job.id !== null && STOPPABLE.has(job.state),
      fetch: fetchJob.state(job.key),
    })),
    notices: [...settings.notices(), ...(problem === null ? [] : [problem])],
    settings: settingsView(settings.current()),
  };
}

/** Keeps the icon, and the popover while it is open, at what the monitor knows; `refresh` after other changes. */
export function showMonitor(deps: {
  monitor: Monitor;
  settings: SettingsFile;
  tray: TrayIcon;
  popover: Popover;
  appView(): AppView;
  now(): number;
}): { refresh(): void } {
  function refresh(): void {
    deps.tray.show(trayFace(withoutDismissed(deps.monitor.view(), deps.settings.current()), deps.now()));
    deps.popover.push('view', deps.appView());
  }
  deps.monitor.onView(refresh);
  return { refresh };
}

/** Somebody looks, or no longer does: poll faster, and take over what was changed in the settings meanwhile. */
export async function attend(
  visible: boolean,
  deps: { monitor: Monitor; settings: SettingsFile; popover: Popover; appView(): AppView },
): Promise<void> {
  deps.monitor.setAttention(visible ? 'watching' : 'background');
  if (!visible) return;
  const before = JSON.stringify(deps.settings.notices());
  const changed = await deps.settings.reload();
  if (changed) deps.monitor.setHosts(deps.settings.current().hosts);
  if (changed || JSON.stringify(deps.settings.notices()) !== before) {
    deps.popover.push('view', deps.appView());
  }
}
