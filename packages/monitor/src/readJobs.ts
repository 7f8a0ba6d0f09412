import { join, normalize } from 'node:path/posix';
import type { PathWatch } from './api.ts';
import { createStatusAsker } from './askStatus.ts';
import type { Clock } from './clock.ts';
import type { HostConnection } from './hostConnection.ts';
import type { HostFacts } from './hostFacts.ts';
import { inParallel } from './parallel.ts';
import { pathKey } from './pathWatches.ts';
import type { HostReading } from './reading.ts';
import { createRegistryReader, type RegisteredJob } from './registry.ts';
import type { Problem } from './view.ts';
import { createWatchedJob, type WatchedJob } from './watchedJob.ts';
import { createPathFinder } from './watchedPath.ts';

/** Enough to hide the round trips of many jobs, few enough for a server's open files. */
const JOBS_AT_ONCE = 64;

export interface JobsReader {
  /** One look at all jobs of the host. Throws a LinkError when the link fails. */
  read(connection: HostConnection, facts: HostFacts): Promise<HostReading & { problem: Problem | null }>;
  /** What to name a job by in a command of the agent, and null where there is no such job or no agent made it. */
  resumeArgument(key: string): string | null;
  /** What the person gave to resume a job that is watched by path and has no agent; null: nothing. */
  resumeCommand(key: string): ResumeCommand | null;
  /** The folder on the host of a job that an agent made; null: there is no such job. */
  jobFolder(key: string): string | null;
}

/** A shell line, and the folder to run it in. */
export interface ResumeCommand {
  command: string;
  dir: string;
}

/** Finds and reads the jobs of one host: those of its registry, and those given by path. Outlives connections. */
export function createJobsReader(
  hostId: string,
  watches: readonly PathWatch[],
  clock: Clock,
  { onlyPaths }: { onlyPaths: boolean },
): JobsReader {
  const registry = createRegistryReader();
  const statusAsker = createStatusAsker();
  const finders = watches.map(({ path }) => createPathFinder(hostId, path, clock));
  let registered = new Map<string, WatchedJob>();
  let byPathBefore: WatchedJob[] = [];
  const resumeArguments = new Map<string, string>();
  const resumeCommands = new Map<string, ResumeCommand>();
  const folders = new Map<string, string>();

  return {
    async read(connection, facts) {
      const folder = facts.agent?.registry ?? join(facts.home, '.local/state/milepost/jobs');
      const hostAt = facts.clock === null ? null : facts.clock.hostAt + (clock.steady() - facts.clock.steady);
      const status = facts.agent !== null && facts.problem === null ? statusAsker : null;
      const seen = { identity: facts.identity, hostAt, status };
      const readJob = (job: WatchedJob) => job.read(connection, seen);
      const known = [...registered.values(), ...byPathBefore];
      // Known jobs are read along with the look at the registry, so that an unchanged poll is one round trip.
      const [listed, knownReadings, found] = await Promise.all([
        onlyPaths
          ? { jobs: [], problem: null }
          : connection.stat(folder).then((stat) => registry.update(connection, folder, stat, clock.steady())),
        inParallel(known, JOBS_AT_ONCE, readJob),
        Promise.all(finders.map((finder) => finder.find(connection, facts.home))),
      ]);
      const readings = new Map(known.map((job, index) => [job, knownReadings[index]]));
      registered = new Map(
        listed.jobs.map((entry) => [entryKey(entry), registered.get(entryKey(entry)) ?? jobOf(entry)]),
      );
      const dirs = new Set(listed.jobs.map((entry) => normalize(entry.dir)));
      const byPath = found.filter((path) => path.kind === 'nothing' || !dirs.has(normalize(path.dir ?? '')));
      byPathBefore = byPath.flatMap((path) => (path.kind === 'job' ? [path.job] : []));
      const jobs = await inParallel([...registered.values(), ...byPath], JOBS_AT_ONCE, async (item) => {
        if ('kind' in item && item.kind === 'nothing') return item.reading;
        const job = 'kind' in item ? item.job : item;
        return readings.get(job) ?? (await readJob(job));
      });
      resumeArguments.clear();
      resumeCommands.clear();
      folders.clear();
      for (const entry of listed.jobs) {
        resumeArguments.set(`${hostId}/${entry.id}`, entry.id);
        folders.set(`${hostId}/${entry.id}`, entry.dir);
      }
      for (const path of byPath) {
        if (path.kind !== 'job') continue;
        const { key } = path.job.source;
        if (path.dir !== null) {
          resumeArguments.set(key, path.dir);
          folders.set(key, path.dir);
        }
        const command = watches.find((watch) => key === pathKey(hostId, watch.path))?.resumeCommand ?? null;
        if (path.dir === null && command !== null) resumeCommands.set(key, { command, dir: path.folder });
      }
      return { jobs, hostAt, problem: listed.problem };
    },
    resumeArgument: (key) => resumeArguments.get(key) ?? null,
    resumeCommand: (key) => resumeCommands.get(key) ?? null,
    jobFolder: (key) => folders.get(key) ?? null,
  };

  function jobOf({ id, name, dir, kind }: RegisteredJob): WatchedJob {
    return createWatchedJob({
      source: { key: `${hostId}/${id}`, id, name, path: dir, kind },
      progressPath: join(dir, 'PROGRESS.txt'),
      dir,
      argument: id,
      clock,
    });
  }
}

function entryKey({ id, name, dir, kind }: RegisteredJob): string {
  return JSON.stringify([id, name, dir, kind]);
}
