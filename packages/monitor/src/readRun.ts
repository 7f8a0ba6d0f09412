import type { RunStart } from '@milepost/shared/job';
import type { LastRun } from '@milepost/shared/runs';
import type { HostConnection, StatAnswer } from './hostConnection.ts';
import { hostTimeOf } from './hostTime.ts';
import {
  type HostIdentity,
  judgeLife,
  type Life,
  lifeBeforeLooking,
  type ProcessStat,
} from './processLife.ts';
import type { RecordsReading, RunReading } from './reading.ts';
import { readLastRun } from './runsTail.ts';
import { ageOf, createWatchedFile } from './watchedFile.ts';

/** A kill is looked for at the latest when the job's file is this old. */
const LOOK_AGE_MS = 75_000;
const PROC_MAX_BYTES = 4096;
/** The last run stands at the end; the rest of a long history isn't needed. */
const RUNS_CAPS = { wholeBytes: 16 * 1024, headBytes: 0, tailBytes: 16 * 1024 };

/** The records of a job's runs, and whether the last of them lives. */
export interface RunReader {
  readonly runsPath: string;
  /**
   * The path whose `stat`, sent along with the poll's others, tells a living process at no cost: the link to its
   * program, which a zombie hasn't. Null where no process is to be looked at.
   */
  lifePath(host: HostIdentity): string | null;
  /** Reads runs.jsonl if `stat` says that it changed (`force`: in any case). Null: no run is recorded. */
  updateRuns(
    connection: HostConnection,
    stat: StatAnswer,
    steady: number,
    force?: boolean,
  ): Promise<LastRun | null>;
  /** The file as the last update found it; null: it was not there, or could not be read. */
  records(hostAt: number | null, steady: number): RecordsReading | null;
  /** Judges the last run's process; looks closely at first sight, when the file is old, or when it seems gone. */
  judge(
    connection: HostConnection,
    host: HostIdentity,
    run: LastRun,
    seen: {
      fileAgeMs: number | null;
      lifeStat: StatAnswer | null;
      /** Asks the host's agent, where there is no /proc to look at; null: it can't be asked. */
      askAgent: (() => Promise<Life>) | null;
    },
  ): Promise<Life>;
}

export function createRunReader(dir: string): RunReader {
  const runsPath = `${dir}/.milepost/runs.jsonl`;
  const file = createWatchedFile(runsPath, RUNS_CAPS);
  let parsed: { version: number; last: LastRun | null } = { version: 0, last: null };
  let judged: { runId: string; life: Life } | null = null;
  /** Null while nothing of it can be read. */
  let found: { isEmpty: boolean; firstSteady: number } | null = null;

  return {
    runsPath,
    lifePath(host) {
      const last = parsed.last;
      if (last === null || last.end !== null || judged?.runId !== last.start.runId) return null;
      return lifeBeforeLooking(last.start.process, host) === null ? exePath(last.start) : null;
    },
    async updateRuns(connection, stat, steady, force = false) {
      const content = await file.update(connection, stat, steady, force);
      if (content.kind === 'as-read') return parsed.last;
      if (content.kind !== 'content') {
        found = null;
        return null;
      }
      found = { isEmpty: content.size === 0, firstSteady: found?.firstSteady ?? steady };
      if (parsed.version !== file.version) {
        const bytes = content.tail ?? content.head;
        parsed = {
          version: file.version,
          last: readLastRun(bytes.toString('utf8'), content.tail === null),
        };
      }
      file.drop();
      return parsed.last;
    },
    records(hostAt, steady) {
      const { mtimeMs, changedSteady } = file;
      if (found === null || mtimeMs === null) return null;
      const ageMs = ageOf({ mtimeMs, changedSteady }, found.firstSteady, hostAt, steady);
      return { isEmpty: found.isEmpty, ageMs, mtimeMs };
    },
    async judge(connection, host, run, { fileAgeMs, lifeStat, askAgent }) {
      const { process, runId } = run.start;
      const before = lifeBeforeLooking(process, host);
      if (before === null && judged?.runId === runId && judged.life.kind === 'alive') {
        const seemsThere = lifeStat !== null && lifeStat.kind !== 'missing' && lifeStat.kind !== 'failed';
        if (seemsThere && fileAgeMs !== null && fileAgeMs < LOOK_AGE_MS) return judged.life;
      }
      if (before?.kind === 'unknown' && host.bootId === null && askAgent !== null) {
        const known = judged?.runId === runId ? judged.life : null;
        if (known !== null && fileAgeMs !== null && fileAgeMs < LOOK_AGE_MS) return known;
        const asked = await askAgent();
        // No answer says nothing new.
        judged = { runId, life: asked.kind === 'unknown' ? (known ?? asked) : asked };
        return judged.life;
      }
      const stat = before === null ? await readStat(connection, process.pid) : { kind: 'unknown' as const };
      judged = { runId, life: before ?? judgeLife(process, host, stat) };
      return judged.life;
    },
  };
}

function exePath(start: RunStart): string {
  return `/proc/${start.process.pid}/exe`;
}

async function readStat(connection: HostConnection, pid: number): Promise<ProcessStat> {
  const read = await connection.readToEnd(`/proc/${pid}/stat`, PROC_MAX_BYTES);
  if (read.kind === 'read') return { kind: 'text', text: Buffer.from(read.head).toString('utf8') };
  if (read.kind === 'missing') return { kind: 'missing' };
  // A process that goes away while it is read answers with an error of its own (ESRCH): it is looked for once more.
  if (read.kind !== 'failed') return { kind: 'unknown' };
  const again = await connection.stat(`/proc/${pid}`);
  return again.kind === 'missing' ? { kind: 'missing' } : { kind: 'unknown' };
}

export function runReadingOf(run: LastRun, life: Life): RunReading {
  const { start, end } = run;
  return {
    runId: start.runId,
    run: start.run,
    startedHostAt: hostTimeOf(start.at),
    life,
    end: end === null ? null : { outcome: end.outcome, reason: end.reason, hostAt: hostTimeOf(end.at) },
  };
}
