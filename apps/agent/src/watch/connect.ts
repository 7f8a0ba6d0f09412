import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stateFolder } from '@milepost/checkpoint/stateFolder';
import type { Connect } from '@milepost/monitor/hostConnection';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import type { Questions } from './prompts.ts';
import type { ReachOptions } from './remoteOptions.ts';

/**
 * Connections over ssh as the options say. Keys that a person accepts are kept in Milepost's own file.
 *
 * @param questions what a person is asked; null: unknown host keys are refused, and encrypted keys not used.
 */
export function connectOverSsh(options: ReachOptions, questions: Questions | null): Connect {
  return createSshConnect({
    ...(options.sshConfig === undefined ? {} : { configFile: resolve(options.sshConfig) }),
    acceptedKeysFile: options.knownHosts === undefined ? ownKeysFile() : resolve(options.knownHosts),
    ...questions,
  });
}

function ownKeysFile(): string {
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 });
  return join(stateFolder(), 'known_hosts');
}
