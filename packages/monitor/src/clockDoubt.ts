import { hostTimeOf } from './hostTime.ts';
import type { HostReading } from './reading.ts';

// Whether what a host wrote contradicts what is held of its clock, which is asked for only once per connection: somebody
// may have set it since. Pure.

/** What was seen at one look. */
export interface Sight {
  /** The host's clock, as it was held then. */
  hostAt: number;
  /** By job: which content its file had; null: none could be read. */
  versions: ReadonlyMap<string, number | null>;
}

export function sightOf({ jobs, hostAt }: HostReading): Sight | null {
  if (hostAt === null) return null;
  const versions = jobs.map(({ source, file }): [string, number | null] => [
    source.key,
    file.kind === 'read' ? file.version : null,
  ]);
  return { hostAt, versions: new Map(versions) };
}

/** What is written now tells of no later time, but for how well the clock is known. */
const AHEAD_MS = 5000;
/** What was written since the look before tells of no earlier time, but for how long writing may take. */
const BEHIND_MS = 60_000;

/**
 * A file that is another one than at the look before was written since, and so was the first run of a job that was not
 * there: the agent's time in it lies between the two looks, or the host's clock is not what it was.
 */
export function contradictsClock({ jobs, hostAt }: HostReading, before: Sight | null): boolean {
  if (hostAt === null || before === null) return false;
  return jobs.some(({ source, file, run, isAgents }) => {
    if (!isAgents) return false;
    const known = before.versions.get(source.key);
    const told =
      known === undefined
        ? (run?.startedHostAt ?? null)
        : file.kind === 'read' && known !== null && known !== file.version && !file.progress.lastUpdateIsLocal
          ? hostTimeOf(file.progress.lastUpdate ?? '')
          : null;
    return told !== null && (told > hostAt + AHEAD_MS || told < before.hostAt - BEHIND_MS);
  });
}
