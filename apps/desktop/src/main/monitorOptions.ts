import { join } from 'node:path';
import type { MonitorOptions } from '@milepost/monitor/monitorOptions';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import type { Settings } from './settingsSchema.ts';

/** The monitor as the settings want it; what it keeps lies in the app's `userData`. */
export function monitorOptions(settings: Settings, userData: string): MonitorOptions {
  const { hosts, sshConfigFile, knownHostsFile, poll } = settings;
  return {
    hosts,
    connect: createSshConnect({
      ...(sshConfigFile === null ? {} : { configFile: sshConfigFile }),
      acceptedKeysFile: knownHostsFile ?? join(userData, 'known_hosts'),
    }),
    eventStorePath: join(userData, 'events.json'),
    intervals: {
      runningMs: poll.runningSeconds * 1000,
      watchingMs: poll.watchingSeconds * 1000,
      idleMs: poll.idleSeconds * 1000,
    },
  };
}
