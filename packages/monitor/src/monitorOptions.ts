import { dirname, join } from 'node:path';
import type { HostTarget } from './api.ts';
import type { Clock } from './clock.ts';
import type { Connect } from './hostConnection.ts';
import type { WatchLimits } from './limits.ts';
import type { PollIntervals } from './schedule.ts';

export interface MonitorOptions {
  hosts: readonly HostTarget[];
  /** How to reach a host; over ssh2: `createSshConnect` of ssh/connect.ts. */
  connect: Connect;
  /** Where it is noted what was told; null: nowhere, everything is new after a restart. */
  eventStorePath: string | null;
  /** Where ended runs are noted; default: `history.json` beside the event store. */
  historyPath?: string | null;
  clock?: Clock;
  /** From 0 up to 1, for the jitter. */
  random?: () => number;
  intervals?: Partial<PollIntervals>;
  limits?: Partial<WatchLimits>;
  /** For each command on a host; default 30 s. */
  execDeadlineMs?: number;
  /** How long polls may go on without the new run before a resume counts as not done; default 30 s. */
  confirmMs?: number;
}

/** Where the ended runs are noted. */
export function historyPathOf({ eventStorePath, historyPath }: MonitorOptions): string | null {
  if (historyPath !== undefined) return historyPath;
  return eventStorePath === null ? null : join(dirname(eventStorePath), 'history.json');
}

/** IDs are part of keys and event IDs: one that is not plain, or twice there, is the caller's mistake. */
export function checkedHosts(hosts: readonly HostTarget[]): readonly HostTarget[] {
  const ids = new Set<string>();
  for (const { id } of hosts) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(id)) throw new RangeError(`Not a host ID: “${id}”.`);
    if (ids.has(id)) throw new RangeError(`Two hosts have the ID “${id}”.`);
    ids.add(id);
  }
  return hosts;
}
