import type { Command } from 'commander';
import { usage } from '../optionValues.ts';
import type { RemoteTarget } from './remoteTarget.ts';

/** The options by which every command that reaches another host is told how. */
export interface ReachOptions {
  sshConfig?: string;
  knownHosts?: string;
}

/** The same as they are written. */
export const REACH_OPTIONS = ['--ssh-config', '--known-hosts'] as const;

/**
 * Refuses what was given for a job on another host and its agent would not be told: left out, it would do something else.
 *
 * @param command of the command line, as it was parsed.
 * @param taken the options that have their meaning there too, such as `--now`.
 */
export function refuseUntold(
  command: Command,
  { destination, id }: RemoteTarget,
  taken: readonly string[],
): void {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const untold = given.map(({ long }) => long ?? '').find((long) => !taken.includes(long));
  const what = untold ?? (command.args.length > 1 ? 'A changed command' : undefined);
  if (what === undefined) return;
  throw usage(
    `${what} is not taken for a job on another host.`,
    `Give it to the agent there: ssh ${destination} .local/bin/milepost ${command.name()} ${id} ${untold ?? '-- COMMAND'}`,
  );
}
