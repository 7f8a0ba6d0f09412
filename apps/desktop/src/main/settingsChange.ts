import type { SettingsChange, SettingsView } from '../bridge/settings.ts';
import type { Settings } from './settingsSchema.ts';

// What the renderer sees of the settings, and what it may change of them. Pure.

export function settingsView({ alerts }: Settings): SettingsView {
  return { alerts };
}

/** The settings with a person's change; what the change does not name stays. */
export function withChange(settings: Settings, { alerts }: SettingsChange): Settings {
  if (alerts === undefined) return settings;
  const { state = settings.alerts.state, kinds = {} } = alerts;
  return { ...settings, alerts: { state, kinds: { ...settings.alerts.kinds, ...kinds } } };
}
