import type { LastRun } from '@milepost/shared/runs';
import type { StatusAsker } from './askStatus.ts';
import type { Clock } from './clock.ts';
import type { HostConnection, StatAnswer } from './hostConnection.ts';
import type { HostIdentity } from './processLife.ts';
import type { JobReading, JobSource, RunReading } from './reading.ts';
import { createProgressReader } from './readProgress.ts';
import { createRunReader, runReadingOf } from './readRun.ts';

/** The host as a poll sees it. */
export interface SeenHost {
  identity: HostIdentity;
  /** Its wall clock at the poll, ms since the epoch; null: not known. */
  hostAt: number | null;
  /** Asks its agent about a run; null: there is none that can be asked. */
  status: StatusAsker | null;
}

export interface WatchedJob {
  readonly source: JobSource;
  /** Reads what changed. All `stat`s of a job go out together, and those of all jobs too. */
  read(connection: HostConnection, host: SeenHost): Promise<JobReading>;
}

export interface WatchedJobOptions {
  source: JobSource;
  progressPath: string;
  /** The job's folder; null for somebody's own file, which has no records of runs. */
  dir: string | null;
  /** The job's word in a command of the agent: its ID, or its folder. */
  argument: string | null;
  clock: Clock;
}

/** One job on a host, with what was read of it so far. It outlives the connection. */
export function createWatchedJob({
  source,
  progressPath,
  dir,
  argument,
  clock,
}: WatchedJobOptions): WatchedJob {
  const progress = createProgressReader(progressPath, clock);
  const runs = dir === null ? null : createRunReader(dir);

  return {
    source,
    async read(connection, { identity, hostAt, status }) {
      const lifePath = runs?.lifePath(identity) ?? null;
      const [progressStat, runsStat, lifeStat] = await Promise.all([
        connection.stat(progressPath),
        runs === null ? null : connection.stat(runs.runsPath),
        lifePath === null ? null : connection.stat(lifePath),
      ]);
      let [file, last] = await Promise.all([
        progress.update(connection, progressStat, hostAt),
        runs === null || runsStat === null ? null : runs.updateRuns(connection, runsStat, clock.steady()),
      ]);
      let run: RunReading | null = null;
      if (runs !== null && last !== null) {
        run = await judge(last, lifeStat);
        if (run.life.kind === 'dead') {
          // It may have ended in order, or a new run begun, since its records were read a moment ago.
          const [freshProgress, freshRuns] = await Promise.all([
            connection.stat(progressPath),
            connection.stat(runs.runsPath),
          ]);
          const before = last;
          [file, last] = await Promise.all([
            progress.update(connection, freshProgress, hostAt, { force: true }),
            runs.updateRuns(connection, freshRuns, clock.steady(), true),
          ]);
          const isSame = last?.start.runId === before.start.runId && last.end === null;
          if (last === null) run = null;
          else if (!isSame) run = await judge(last, null);
        }
      }
      const records = runs?.records(hostAt, clock.steady()) ?? null;
      return { source, file, run, records, isAgents: runs !== null };

      async function judge(lastRun: LastRun, stat: StatAnswer | null): Promise<RunReading> {
        if (runs === null || lastRun.end !== null) return runReadingOf(lastRun, { kind: 'unknown' });
        const askAgent =
          status === null || argument === null
            ? null
            : () => status.ask(connection, argument, clock.steady());
        const fileAgeMs = file.kind === 'read' ? file.ageMs : null;
        return runReadingOf(
          lastRun,
          await runs.judge(connection, identity, lastRun, { fileAgeMs, lifeStat: stat, askAgent }),
        );
      }
    },
  };
}
