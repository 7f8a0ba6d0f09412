import type { MonitorView } from '@milepost/monitor/view';
import { cleanText } from '@milepost/shared/text';
import type { MenuItemConstructorOptions } from 'electron';
import { strings } from '../strings.ts';
import { jobsByWeight, titleOf } from './trayTitle.ts';

// The app's menus as data. Pure.

const MAX_JOBS = 9;

/** Its keys work in the popover: Cmd+, and, by the roles, Cmd+C, Cmd+A, Cmd+W and Cmd+Q. */
export function applicationMenu(actions: { settings(): void }): MenuItemConstructorOptions[] {
  const separator = { type: 'separator' as const };
  const app: MenuItemConstructorOptions = {
    label: strings.appName,
    submenu: [
      { role: 'about' },
      separator,
      { label: strings.menu.settings, accelerator: 'CommandOrControl+,', click: () => actions.settings() },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit' },
    ],
  };
  return [app, { role: 'editMenu' }, { role: 'windowMenu' }];
}

/** The right-click menu of the icon: the jobs that matter most, then what the app itself can do. */
export function trayMenu(
  view: MonitorView,
  now: number,
  paused: boolean,
  actions: {
    open(jobKey: string | null): void;
    pollNow(): void;
    setPaused(paused: boolean): void;
    settings(): void;
    quit(): void;
  },
): MenuItemConstructorOptions[] {
  const jobs = jobsByWeight(view.jobs)
    .slice(0, MAX_JOBS)
    .map((job): MenuItemConstructorOptions => {
      const rest = job.state === 'running' ? titleOf(job, now) : strings.state[job.state];
      // An & in a label would make the next letter an accelerator.
      const label = strings.menu.jobLine(cleanText(job.name, 40).replaceAll('&', '&&'), rest);
      return { label, click: () => actions.open(job.key) };
    });
  return [
    ...jobs,
    ...(jobs.length > 0 ? [{ type: 'separator' as const }] : []),
    { label: strings.menu.open, click: () => actions.open(null) },
    { label: strings.menu.pollNow, enabled: !paused, click: () => actions.pollNow() },
    {
      label: strings.menu.pause,
      type: 'checkbox',
      checked: paused,
      click: () => actions.setPaused(!paused),
    },
    { label: strings.menu.settings, click: () => actions.settings() },
    { type: 'separator' },
    { label: strings.menu.quit, click: () => actions.quit() },
  ];
}
