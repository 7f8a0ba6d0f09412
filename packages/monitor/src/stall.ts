import type { Progress } from '@milepost/shared/progress/progress';
import type { WatchLimits } from './limits.ts';
import type { JobReading } from './reading.ts';

/** When a job was seen to move. Steady times. */
export interface Gains {
  completed: number | null;
  inFlight: number | null;
  version: number;
  runId: string | null;
  /** When `completed` or what is in flight was last seen to change, or the job or its run was first seen. */
  gainSteady: number;
  /** When `completed` was; null: not in this run. */
  batchSteady: number | null;
  /** Usual times between two gains, and between two contents of the file; the last few. */
  gainGapsMs: readonly number[];
  fileGapsMs: readonly number[];
  fileSteady: number | null;
}

const KEPT_GAPS = 8;

export function noGains(steady: number): Gains {
  return {
    completed: null,
    inFlight: null,
    version: 0,
    runId: null,
    gainSteady: steady,
    batchSteady: null,
    gainGapsMs: [],
    fileGapsMs: [],
    fileSteady: null,
  };
}

/** Takes a reading into account. Only what is seen to change counts, so a gap in watching can't look like a stall. */
export function noteGain(gains: Gains, { file, run }: JobReading, steady: number): Gains {
  if (file.kind !== 'read' || file.version === gains.version) {
    const isNewRun = run !== null && run.runId !== gains.runId;
    return isNewRun ? { ...gains, runId: run.runId, gainSteady: steady, batchSteady: null } : gains;
  }
  const runId = run?.runId ?? null;
  const isFirst = gains.version === 0 || runId !== gains.runId;
  // Not all of the time since the last poll was before the change: the file's own age tells when it was.
  const changedSteady = Math.max(gains.fileSteady ?? -Infinity, steady - file.ageMs);
  const next: Gains = { ...gains, version: file.version, runId, fileSteady: changedSteady };
  if (gains.fileSteady !== null && !isFirst) {
    next.fileGapsMs = lastGaps(gains.fileGapsMs, changedSteady - gains.fileSteady);
  }
  const { completed, inFlight } = file.progress;
  if (isFirst) return { ...next, completed, inFlight, gainSteady: steady, batchSteady: null };
  if (completed === gains.completed) {
    return inFlight === gains.inFlight ? next : { ...next, inFlight, gainSteady: changedSteady };
  }
  return {
    ...next,
    completed,
    inFlight,
    gainSteady: changedSteady,
    batchSteady: changedSteady,
    // Time before the first gain seen may have begun anywhere: it is no usual batch.
    gainGapsMs:
      gains.batchSteady === null
        ? gains.gainGapsMs
        : lastGaps(gains.gainGapsMs, changedSteady - gains.batchSteady),
  };
}

function lastGaps(gaps: readonly number[], gap: number): readonly number[] {
  return [...gaps, gap].slice(-KEPT_GAPS);
}

/** Why a job that says it runs is taken for stalled; null: it isn't. */
export function stallReason(
  { file, run, isAgents }: JobReading,
  gains: Gains,
  steady: number,
  limits: WatchLimits,
): string | null {
  if (file.kind !== 'read') return null;
  if (!isAgents) {
    if (reachedTotal(file.progress)) return null;
    const limit =
      gains.fileGapsMs.length < 2
        ? limits.foreignFirstMs
        : Math.max(limits.foreignFileMs, limits.gapFactor * median(gains.fileGapsMs));
    return file.ageMs > limit ? `PROGRESS.txt has not changed for ${minutes(file.ageMs)}` : null;
  }
  // What stands there from before this run began was no silence of its agent's. Both times are the host's.
  const beforeRunMs = Math.max(0, (run?.startedHostAt ?? file.mtimeMs) - file.mtimeMs);
  const silentMs = file.ageMs - beforeRunMs;
  if (silentMs > limits.agentFileMs) {
    const isAlive = run?.life.kind === 'alive';
    return `its agent has written nothing for ${minutes(silentMs)}${isAlive ? ', though it lives' : ''}`;
  }
  // A program that says nothing of its progress can't be seen to stand still.
  if (file.progress.stage !== null || file.progress.completed === null) return null;
  const stillMs = steady - gains.gainSteady;
  const limit =
    gains.batchSteady !== null
      ? Math.max(
          limits.noGainMs,
          gains.gainGapsMs.length === 0 ? 0 : limits.batchFactor * median(gains.gainGapsMs),
        )
      : limits.firstBatchMs;
  return stillMs > limit ? `nothing was completed for ${minutes(stillMs)}` : null;
}

export function reachedTotal({ completed, total }: Progress): boolean {
  return completed !== null && total !== null && total > 0 && completed >= total;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function minutes(ms: number): string {
  const whole = Math.round(ms / 60_000);
  return whole < 2 ? `${Math.round(ms / 1000)} s` : `${whole} min`;
}
