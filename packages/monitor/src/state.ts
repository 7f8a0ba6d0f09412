import type { Progress } from '@milepost/shared/progress/progress';
import { unbegunState } from '@milepost/shared/runs';
import { isEnded, type JobState } from '@milepost/shared/state';
import type { Moment } from './clock.ts';
import { hostTimeOf } from './hostTime.ts';
import type { WatchLimits } from './limits.ts';
import type { FileReading, JobReading, RunReading } from './reading.ts';
import { type Gains, noGains, noteGain, reachedTotal, stallReason } from './stall.ts';

/** What a watcher holds of a job between two polls. `unreachable` is the host's, and laid over it for showing. */
export interface JobMemory {
  state: Exclude<JobState, 'unreachable'>;
  /** When the state began, on this machine's wall clock; null: not known. */
  sinceAt: number | null;
  /** The same by the host's clock; null: not known. */
  sinceHostAt: number | null;
  reason: string | null;
  runId: string | null;
  run: number | null;
  runStartedHostAt: number | null;
  /** The last values that could be read; null: none yet. */
  progress: Progress | null;
  seenAt: number;
  endsAt: number | null;
  /** Which content of the file `endsAt` was counted from. */
  version: number;
  gains: Gains;
}

/** The job's state after a poll that the host answered. */
export function reduceJob(
  previous: JobMemory | null,
  reading: JobReading,
  hostAt: number | null,
  moment: Moment,
  limits: WatchLimits,
): JobMemory {
  const { file, run } = reading;
  const progress = file.kind === 'read' ? file.progress : (previous?.progress ?? null);
  const gains = noteGain(previous?.gains ?? noGains(moment.steady), reading, moment.steady);
  const believed = believe(reading, limits);
  const isActive = believed.state === 'running';
  const stalled = isActive ? stallReason(reading, gains, moment.steady, limits) : null;
  const judged: Judgement =
    stalled === null
      ? completeByAge(reading, believed, limits)
      : { state: 'stalled', reason: stalled, hostAt: null };

  const isSameState = previous !== null && previous.state === judged.state;
  const isSameRun = previous !== null && previous.runId === (run?.runId ?? previous.runId);
  const isBack = isSameRun && judged.state === 'running' && previous.state !== 'queued';
  const sinceHostAt =
    isSameState && isSameRun
      ? previous.sinceHostAt
      : isBack
        ? hostAt
        : (judged.hostAt ?? (previous === null ? null : hostAt));
  const version = file.kind === 'read' ? file.version : (previous?.version ?? 0);
  return {
    state: judged.state,
    sinceAt: isSameState && isSameRun ? previous.sinceAt : onThisClock(sinceHostAt, hostAt, moment, previous),
    sinceHostAt,
    reason: judged.reason,
    runId: run?.runId ?? previous?.runId ?? null,
    run: run?.run ?? previous?.run ?? null,
    runStartedHostAt: run?.startedHostAt ?? previous?.runStartedHostAt ?? null,
    progress,
    seenAt: moment.now,
    endsAt: endsAt(previous, judged.state, file, moment),
    version,
    gains,
  };
}

interface Judgement {
  state: JobMemory['state'];
  reason: string | null;
  /** When it began by the host's clock, where something there says so. */
  hostAt: number | null;
}

/** What the file and the records say, before ages are looked at. */
function believe(reading: JobReading, limits: WatchLimits): Judgement {
  const { file, run } = reading;
  if (run?.end) return { state: run.end.outcome, reason: run.end.reason, hostAt: run.end.hostAt };
  if (file.kind !== 'read') {
    // A run that is known to be dead is told as such, whatever became of its file.
    if (run?.life.kind === 'dead') return { state: 'interrupted', reason: run.life.reason, hostAt: null };
    const beginning = file.kind === 'missing' ? beginningOf(reading, limits) : null;
    return beginning ?? { state: file.kind, reason: file.reason, hostAt: null };
  }
  const { status, message } = file.progress;
  const isOver =
    status === 'complete' || status === 'failed' || status === 'interrupted' || status === 'stopped';
  if (isOver && (run === null || isOfRun(file, run))) {
    return { state: status, reason: status === 'complete' ? null : message, hostAt: file.mtimeMs };
  }
  // The file still tells of an earlier run, or says that this one goes on.
  if (run?.life.kind === 'dead') {
    // The file is its last sign of life, unless it is from before the run.
    const hostAt = isOfRun(file, run) ? file.mtimeMs : run.startedHostAt;
    return { state: 'interrupted', reason: run.life.reason, hostAt };
  }
  const state = isOver ? 'running' : status;
  return { state, reason: null, hostAt: run?.startedHostAt ?? null };
}

/**
 * What a job is whose file is not there because it begins: whoever runs it enters it into the host's list first, then
 * records its run, and then writes its file. A kill in between must not leave it as one whose file went away. Null: it
 * is none of these, and the file is gone.
 */
function beginningOf({ run, records }: JobReading, limits: WatchLimits): Judgement | null {
  if (records === null) return null;
  const isYoung = records.ageMs <= limits.beginMs;
  if (run !== null) return isYoung ? { state: 'running', reason: null, hostAt: run.startedHostAt } : null;
  return records.isEmpty ? { ...unbegunState(isYoung), hostAt: records.mtimeMs } : null;
}

/** Whether the file was written by this run: both times are by the host's clock. */
function isOfRun(file: Extract<FileReading, { kind: 'read' }>, run: RunReading): boolean {
  const { lastUpdate, lastUpdateIsLocal } = file.progress;
  if (lastUpdate === null || lastUpdateIsLocal || run.startedHostAt === null) return true;
  const at = hostTimeOf(lastUpdate);
  return at === null || at >= run.startedHostAt;
}

/** Somebody's file that reached its total and then stood still is complete, though it never said so. */
function completeByAge(reading: JobReading, believed: Judgement, limits: WatchLimits): Judgement {
  const { file, isAgents } = reading;
  if (isAgents || believed.state !== 'running' || file.kind !== 'read') return believed;
  return reachedTotal(file.progress) && file.ageMs >= limits.foreignDoneMs
    ? { state: 'complete', reason: 'reached its total, never wrote COMPLETE', hostAt: file.mtimeMs }
    : believed;
}

/** An instant of the host's clock on this machine's, by how long ago it was there. */
function onThisClock(
  sinceHostAt: number | null,
  hostAt: number | null,
  moment: Moment,
  previous: JobMemory | null,
): number | null {
  if (sinceHostAt !== null && hostAt !== null) {
    return Math.round(moment.now - Math.max(0, hostAt - sinceHostAt));
  }
  return previous === null ? null : moment.now;
}

/** Counted from when the values were written, once for each content of the file; none while nothing moves. */
function endsAt(
  previous: JobMemory | null,
  state: JobMemory['state'],
  file: FileReading,
  moment: Moment,
): number | null {
  if (state !== 'running' || file.kind !== 'read') return null;
  if (previous !== null && previous.state === 'running' && previous.version === file.version) {
    return previous.endsAt;
  }
  const { etaSeconds } = file.progress;
  return etaSeconds === null ? null : Math.round(moment.now - file.ageMs + etaSeconds * 1000);
}

/** True while a run goes on, as far as anybody can tell. */
export function isActive(state: JobState): boolean {
  return state === 'running' || state === 'queued' || state === 'stalled';
}

/** The state to show: a host that can't be asked leaves open what became of a job that had not ended. */
export function shownState(state: JobMemory['state'], isHostUnreachable: boolean): JobState {
  return isHostUnreachable && !isEnded(state) ? 'unreachable' : state;
}
