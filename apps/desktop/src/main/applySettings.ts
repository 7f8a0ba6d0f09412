import type { Monitor } from '@milepost/monitor/api';
import type { PollIntervals } from '@milepost/monitor/schedule';
import type { Settings } from './settingsSchema.ts';

/** Makes a monitor that runs what the settings want; what is as it was is left alone. */
export function applySettings(
  monitor: Pick<Monitor, 'setHosts' | 'setIntervals' | 'setPaused'>,
  settings: Settings,
): void {
  monitor.setPaused(settings.paused);
  monitor.setHosts(settings.hosts);
  monitor.setIntervals(intervalsOf(settings));
}

export function intervalsOf({ poll }: Pick<Settings, 'poll'>): Partial<PollIntervals> {
  return {
    runningMs: poll.runningSeconds * 1000,
    watchingMs: poll.watchingSeconds * 1000,
    idleMs: poll.idleSeconds * 1000,
  };
}
