import type { ProcessIdentity } from '@milepost/shared/job';
import { judgeProcess, type ProcessFacts, parseProcStat } from '@milepost/shared/runs';

/** The host as seen over its own SFTP channel; null where it doesn't say (no /proc). */
export interface HostIdentity {
  hostname: string | null;
  bootId: string | null;
  pidNamespace: string | null;
}

/** What `/proc/PID/stat` gave. */
export type ProcessStat = { kind: 'text'; text: string } | { kind: 'missing' } | { kind: 'unknown' };

export type Life =
  | { kind: 'alive' }
  /** `reason` for a person. */
  | { kind: 'dead'; reason: string }
  /** Not to be judged from here: by the file's age alone. */
  | { kind: 'unknown' };

/**
 * What can be said of a process without looking at it: dead where the host was booted since, unknown where its pid
 * belongs to another host or container, or where there is nothing to look at. Null: its `/proc/PID/stat` decides.
 */
export function lifeBeforeLooking(process: ProcessIdentity, host: HostIdentity): Life | null {
  if (process.bootId === null || host.bootId === null) return { kind: 'unknown' };
  const ifThere = { startTime: process.startTime, zombie: false };
  switch (judgeProcess(process, factsOf(host, ifThere))) {
    case 'dead':
      return { kind: 'dead', reason: 'the host was restarted' };
    case 'elsewhere':
      return { kind: 'unknown' };
    case 'alive':
      return null;
  }
}

/** Whether the process of a run lives. A zombie is dead: in a container nobody may reap it. */
export function judgeLife(process: ProcessIdentity, host: HostIdentity, stat: ProcessStat): Life {
  const before = lifeBeforeLooking(process, host);
  if (before !== null) return before;
  const parsed = stat.kind === 'text' ? parseProcStat(stat.text) : undefined;
  if (stat.kind !== 'missing' && parsed === undefined) return { kind: 'unknown' };
  return judgeProcess(process, factsOf(host, parsed ?? null)) === 'alive'
    ? { kind: 'alive' }
    : { kind: 'dead', reason: `its agent (pid ${process.pid}) is gone without a word: killed or crashed` };
}

function factsOf(host: HostIdentity, process: ProcessFacts['process']): ProcessFacts {
  return { host: host.hostname ?? '', bootId: host.bootId, pidNamespace: host.pidNamespace, process };
}
