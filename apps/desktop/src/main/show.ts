import type { Monitor } from '@milepost/monitor/api';
import { isActive } from '@milepost/monitor/state';
import type { JobView } from '@milepost/monitor/view';
import { isResumable } from '@milepost/shared/state';
import type { AppView } from '../bridge/view.ts';
import { applySettings } from './applySettings.ts';
import { withoutDismissed } from './dismissed.ts';
import type { FetchJob } from './fetchJob.ts';
import type { LoginItem } from './loginItem.ts';
import type { Popover } from './popover.ts';
import type { SettingsFile } from './settings.ts';
import { settingsView } from './settingsChange.ts';
import type { Setup } from './setup.ts';
import type { TrayIcon } from './tray.ts';
import { jobsByWeight, trayFace } from './trayTitle.ts';

/** What the popover shows of what the monitor knows. */
export function appView({
  monitor,
  settings,
  fetchJob,
  loginItem,
  setup,
}: {
  monitor: Pick<Monitor, 'view'>;
  settings: SettingsFile;
  fetchJob: Pick<FetchJob, 'state'>;
  loginItem: Pick<LoginItem, 'state'>;
  setup: Pick<Setup, 'view'>;
}): AppView {
  const current = settings.current();
  const { hosts, jobs, problem = null } = withoutDismissed(monitor.view(), current);
  return {
    hosts,
    jobs: jobsByWeight(jobs).map((job) => ({
      ...job,
      resumable: isJobResumable(job),
      stoppable: job.id !== null && isActive(job.state),
      fetch: fetchJob.state(job.key),
    })),
    notices: [...settings.notices(), ...(problem === null ? [] : [problem])],
    settings: settingsView(current, loginItem.state()),
    setup: setup.view(),
  };
}

/** Somebody's own PROGRESS.txt has no agent: the command that the person gave starts it again, also where it stalled. */
function isJobResumable({ id, state, resumeBy }: JobView): boolean {
  if (id !== null) return isResumable(state);
  return resumeBy === 'command' && (isResumable(state) || state === 'stalled');
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
    const settings = deps.settings.current();
    deps.tray.show(trayFace(withoutDismissed(deps.monitor.view(), settings), deps.now(), settings));
    deps.popover.push('view', deps.appView());
  }
  deps.monitor.onView(refresh);
  return { refresh };
}

/** Somebody looks, or no longer does: poll faster, and take over what was changed in the settings meanwhile. */
export async function attend(
  visible: boolean,
  deps: { monitor: Monitor; settings: SettingsFile; loginItem: LoginItem; refresh(): void },
): Promise<void> {
  deps.monitor.setAttention(visible ? 'watching' : 'background');
  if (!visible) return;
  const before = JSON.stringify([deps.settings.notices(), deps.loginItem.state()]);
  deps.loginItem.refresh();
  const changed = await deps.settings.reload();
  if (changed) applySettings(deps.monitor, deps.settings.current());
  if (changed || JSON.stringify([deps.settings.notices(), deps.loginItem.state()]) !== before) deps.refresh();
}
