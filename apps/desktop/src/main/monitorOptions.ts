import { join } from 'node:path';
import type { Connect, WritableConnect } from '@milepost/monitor/hostConnection';
import type { MonitorOptions } from '@milepost/monitor/monitorOptions';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import { intervalsOf } from './applySettings.ts';
import type { PersonAnswers } from './personAnswers.ts';
import type { Settings } from './settingsSchema.ts';

/** The one way to hosts, for the monitor and for setting one up: they share keys that were opened. */
export function hostConnect(settings: Settings, userData: string, answers: PersonAnswers): WritableConnect {
  const { sshConfigFile, knownHostsFile } = settings;
  return createSshConnect({
    ...(sshConfigFile === null ? {} : { configFile: sshConfigFile }),
    acceptedKeysFile: knownHostsFile ?? join(userData, 'known_hosts'),
    confirmHostKey: answers.confirmHostKey,
    passphrase: answers.passphrase,
  });
}

/** The monitor as the settings want it; what it keeps lies in the app's `userData`. */
export function monitorOptions(settings: Settings, userData: string, connect: Connect): MonitorOptions {
  return {
    hosts: settings.hosts,
    connect,
    eventStorePath: join(userData, 'events.json'),
    intervals: intervalsOf(settings),
  };
}
