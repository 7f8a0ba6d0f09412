import type { ProcessIdentity, RunEnd, RunRecord, RunStart } from './job.ts';
import type { Progress } from './progress/progress.ts';
import type { JobState } from './state.ts';

// What runs.jsonl says, and what is true of a run. Pure: the agent asks its own /proc, a watcher the host's.

/** The last run by the records; `end` is null where it has none: it lives, or was killed. */
export interface LastRun {
  start: RunStart;
  end: RunEnd | null;
}

/** The last run among records in the order of the file, and how many starts there were. */
export function lastRun(records: readonly RunRecord[]): { starts: number; last: LastRun | null } {
  let starts = 0;
  let last: LastRun | null = null;
  for (const record of records) {
    if (record.kind === 'start') {
      starts = Math.max(starts + 1, record.run);
      last = { start: record, end: null };
    } else if (last && record.run === last.start.run) {
      last = { start: last.start, end: record };
    }
  }
  return { starts, last };
}

/** What the system says of the process with a run's pid, where the question is asked. */
export interface ProcessFacts {
  /** This system's name for itself. */
  host: string;
  bootId: string | null;
  /** The asker's pid namespace; null where it is not known. */
  pidNamespace: string | null;
  /** The process that has the pid now; null: there is none. */
  process: { startTime: string | null; zombie: boolean } | null;
}

/** `elsewhere`: another host or container; its pids mean nothing here, so nothing is judged. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

/** Whether the process that a record names lives. A zombie is dead; a recycled pid is another process. */
export function judgeProcess(identity: ProcessIdentity, facts: ProcessFacts): Liveness {
  if (identity.bootId !== null && facts.bootId !== null) {
    // The boot id is the kernel's own, the same in all its containers: a rebooted host is told from another one.
    if (identity.bootId !== facts.bootId) return identity.host === facts.host ? 'dead' : 'elsewhere';
  } else if (identity.host !== facts.host) {
    return 'elsewhere';
  }
  const foreignPids =
    identity.pidNamespace !== null &&
    facts.pidNamespace !== null &&
    identity.pidNamespace !== facts.pidNamespace;
  if (foreignPids) return 'elsewhere';
  if (facts.process === null || facts.process.zombie) return 'dead';
  const sameStart =
    identity.startTime === null ||
    facts.process.startTime === null ||
    identity.startTime === facts.process.startTime;
  return sameStart ? 'alive' : 'dead';
}

/** Reads /proc/PID/stat (proc(5)): the state and, in clock ticks after boot, the start time. Undefined: not that. */
export function parseProcStat(text: string): { zombie: boolean; startTime: string } | undefined {
  // The second field is the command in parentheses, and may hold anything, parentheses too.
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  const state = fields[0];
  const startTime = fields[19];
  if (state === undefined || startTime === undefined || !/^\d+$/.test(startTime)) return undefined;
  return { zombie: state === 'Z' || state === 'X', startTime };
}

export interface TrueState {
  state: JobState;
  /** ISO 8601, UTC; null where it is not known. */
  since: string | null;
  reason: string | null;
}

/**
 * A new job is in the list a moment before its first run is in its records and its PROGRESS.txt is there. Whoever made
 * it and has not got that far in this time, in milliseconds, was killed in between.
 */
export const BEGINS_WITHIN_MS = 90_000;

/** A job whose records are whole and name no run yet, and that has no PROGRESS.txt either. */
export interface UnbegunJob {
  /** It was made a moment ago, and nothing says that who made it is gone. */
  isStarting: boolean;
  /** When it was made, ISO 8601, UTC. */
  madeAt: string;
}

/** What such a job is: no file of it is gone, and a resume begins it. */
export function unbegunState(isStarting: boolean): { state: 'queued' | 'interrupted'; reason: string } {
  return isStarting
    ? { state: 'queued', reason: 'it is about to begin' }
    : { state: 'interrupted', reason: 'it ended before its first run began' };
}

/** What is true of a job, from its file, its records and its process. `progress` null: there is no file. */
export function trueState(
  progress: Progress | null,
  last: LastRun | null,
  liveness: Liveness | null,
  unbegun: UnbegunJob | null = null,
): TrueState {
  if (last === null && progress === null && unbegun !== null) {
    return { ...unbegunState(unbegun.isStarting), since: unbegun.madeAt };
  }
  if (last === null) return fromFile(progress);
  if (last.end) return { state: last.end.outcome, since: last.end.at, reason: last.end.reason };
  // Between the last records of a run its file is the newer one.
  if (progress?.status === 'complete') return { state: 'complete', since: utc(progress), reason: null };
  const { process } = last.start;
  if (liveness === 'dead') {
    return {
      state: 'interrupted',
      since: progress === null ? null : utc(progress),
      reason: `its agent (pid ${process.pid}) is gone without a word: killed, crashed, or the host was restarted`,
    };
  }
  const reason = liveness === 'elsewhere' ? `runs on ${process.host}, seen from here only by its file` : null;
  return { state: progress?.status === 'queued' ? 'queued' : 'running', since: last.start.at, reason };
}

function fromFile(progress: Progress | null): TrueState {
  if (progress === null) return { state: 'missing', since: null, reason: 'there is no PROGRESS.txt' };
  const reason = progress.status === 'unreadable' ? progress.problem : null;
  return { state: progress.status, since: utc(progress), reason };
}

function utc(progress: Progress): string | null {
  return progress.lastUpdateIsLocal ? null : progress.lastUpdate;
}
