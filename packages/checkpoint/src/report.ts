import { type CommittedBatch, type Eta, estimateEta } from '@milepost/shared/eta';
import type { Cadence } from '@milepost/shared/job';
import type { JobStatus, ProgressReport } from '@milepost/shared/progress/progress';
import type { Range } from './plan.ts';

/** A batch that runs now. */
export interface RunningBatch extends Range {
  /** When its present attempt began, on the run's monotonic clock. */
  startedMs: number;
  /** Items that it reports as done; null: it reports nothing. */
  reported: number | null;
}

/** What a run knows of itself; from it PROGRESS.txt is written. */
export interface RunState {
  status: JobStatus;
  name: string;
  unit: string;
  total: number;
  jobs: number;
  every: Cadence;
  host: string;
  runs: number;
  /** Elapsed time of all earlier runs. */
  earlierSeconds: number;
  startedMs: number;
  completed: number;
  /** Size of all saved checkpoints. */
  savedBytes: number;
  checkpoints: number;
  lastCheckpoint: { name: string; at: string } | null;
  /** Of committed batches, in the order of their commits; each knows its run. */
  timings: CommittedBatch[];
  running: Set<RunningBatch>;
  stage: string | null;
  message: string | null;
  /** What a person should know now, such as a disk that will not do; shown instead of the message. */
  warning: string | null;
}

/** More than this at risk is said. */
const OVERDUE_MS = 5 * 60_000;

/** PROGRESS.txt's content at `nowMs` (the run's monotonic clock), `at` being the wall clock's time. Pure. */
export function describeRun(state: RunState, nowMs: number, at: string): ProgressReport {
  const running = [...state.running];
  const reported = running.filter((batch) => batch.reported !== null);
  const oldestMs = Math.min(...running.map((batch) => batch.startedMs));
  const eta = estimate(state, nowMs);
  const elapsedSeconds = state.earlierSeconds + (nowMs - state.startedMs) / 1000;
  return {
    status: state.status,
    completed: state.completed,
    total: state.total,
    elapsedSeconds,
    etaSeconds: state.status === 'complete' ? 0 : eta.etaSeconds,
    lastUpdate: at,
    job: state.name,
    unit: state.unit,
    // With all saved there is no pace any more: then it is that of the whole work.
    itemsPerSecond:
      state.completed >= state.total && elapsedSeconds > 0
        ? state.completed / elapsedSeconds
        : eta.itemsPerSecond,
    from: null,
    checkpoints: state.checkpoints,
    lastCheckpoint: state.lastCheckpoint,
    inFlight:
      reported.length === 0
        ? null
        : reported.reduce((sum, batch) => sum + Math.min(batch.reported ?? 0, batch.count), 0),
    atRiskSeconds: running.length === 0 ? null : Math.max(0, nowMs - oldestMs) / 1000,
    runs: state.runs,
    host: state.host,
    stage: state.stage,
    message: overdueMessage(running, nowMs) ?? state.warning ?? state.message,
  };
}

function overdueMessage(running: readonly RunningBatch[], nowMs: number): string | null {
  const overdue = running.find((batch) => nowMs - batch.startedMs > OVERDUE_MS);
  if (overdue === undefined) return null;
  const minutes = ((nowMs - overdue.startedMs) / 60_000).toFixed(0);
  const last = overdue.first + overdue.count - 1;
  return `batch ${overdue.first} to ${last} is overdue: it has been running for ${minutes} min and is not saved yet`;
}

/** What is left to do in time. */
export function estimate(state: RunState, nowMs: number): Eta {
  return estimateEta({
    committed: state.timings,
    running: [...state.running].map((batch) => ({
      count: batch.count,
      seconds: (nowMs - batch.startedMs) / 1000,
      done: batch.reported,
    })),
    remaining: state.total - state.completed,
    jobs: state.jobs,
    every: state.every,
  });
}
