import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Connect } from '@milepost/monitor/hostConnection';
import { createSshConnect, type SshOptions } from '@milepost/monitor/ssh/connect';
import { stateFolder } from '../stateFolder.ts';

/** The options by which every command that reaches another host is told how. */
export interface ReachOptions {
  sshConfig?: string;
  knownHosts?: string;
}

/**
 * Connections over ssh as the options say. Keys that a person accepts are kept in Milepost's own file.
 *
 * @param confirmHostKey asked about an unknown key; without it unknown keys are refused.
 */
export function connectOverSsh(
  options: ReachOptions,
  confirmHostKey?: NonNullable<SshOptions['confirmHostKey']>,
): Connect {
  return createSshConnect({
    ...(options.sshConfig === undefined ? {} : { configFile: resolve(options.sshConfig) }),
    acceptedKeysFile: options.knownHosts === undefined ? ownKeysFile() : resolve(options.knownHosts),
    ...(confirmHostKey === undefined ? {} : { confirmHostKey }),
  });
}

function ownKeysFile(): string {
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 });
  return join(stateFolder(), 'known_hosts');
}
