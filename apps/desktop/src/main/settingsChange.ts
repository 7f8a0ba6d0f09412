import { pathKey, watchesOf } from '@milepost/monitor/pathWatches';
import { cleanText } from '@milepost/shared/text';
import type { LaunchAtLogin, SettingsChange, SettingsView } from '../bridge/settings.ts';
import type { Settings } from './settingsSchema.ts';

// What the renderer sees of the settings, and what it may change of them. Pure.

export function settingsView(settings: Settings, launchAtLogin: LaunchAtLogin): SettingsView {
  const { hosts, poll, menuBar, textPercent, paused, alerts } = settings;
  return {
    hosts: hosts.map((host) => ({
      id: host.id,
      name: cleanText(host.destination),
      watches: watchesOf(host).map(({ path, resumeCommand }) => ({
        key: pathKey(host.id, path),
        path: cleanText(path, 400),
        resumeCommand: resumeCommand === null ? null : cleanText(resumeCommand, 400),
      })),
    })),
    runningSeconds: poll.runningSeconds,
    menuBar,
    textPercent,
    paused,
    launchAtLogin,
    alerts,
  };
}

/** The settings with a person's change; what the change does not name stays. */
export function withChange(settings: Settings, change: SettingsChange): Settings {
  const { alerts, runningSeconds, menuBar, textPercent, paused } = change;
  const changed = {
    ...settings,
    menuBar: menuBar ?? settings.menuBar,
    textPercent: textPercent ?? settings.textPercent,
    paused: paused ?? settings.paused,
    poll: { ...settings.poll, runningSeconds: runningSeconds ?? settings.poll.runningSeconds },
  };
  if (alerts === undefined) return changed;
  const { state = settings.alerts.state, kinds = {} } = alerts;
  return { ...changed, alerts: { state, kinds: { ...settings.alerts.kinds, ...kinds } } };
}
