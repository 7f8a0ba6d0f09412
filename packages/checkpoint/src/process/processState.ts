import { type CommittedBatch, type Eta, estimateEta } from '@milepost/shared/eta';
import type { FoundCheckpoint } from '@milepost/shared/processRecord';
import type { ProgressReport } from '@milepost/shared/progress/progress';
import type { EndingState } from '../keepRun.ts';

// What a run of one process knows of itself; from it PROGRESS.txt is written. Pure.

export interface ProcessState extends EndingState {
  name: string;
  unit: string;
  host: string;
  runs: number;
  /** Elapsed time of all earlier runs. */
  earlierSeconds: number;
  startedMs: number;
  startedAt: Date;
  /** Null: the program says nothing of it. */
  completed: number | null;
  total: number | null;
  from: string | null;
  /** Gains of `completed` and how long each took, in their order. */
  gains: CommittedBatch[];
  /** When the gain that is being gathered began, and from where. */
  open: { completed: number; sinceMs: number } | null;
  /** Whole ones, the newest first; null: nothing says where they are. */
  checkpoints: readonly FoundCheckpoint[] | null;
  /** What a person should know now; shown instead of the message. */
  warning: string | null;
}

/** A gain is gathered at least this long, and this part of the run: so that there are some hundred, however long it is. */
const SHORTEST_GAIN_MS = 2000;
const SHARE_OF_RUN = 1 / 100;
const MOST_GAINS = 512;

/** Takes what is newly said of the progress into account, null: nothing is clear any more; `nowMs` is steady. */
export function noteProgress(
  state: ProcessState,
  said: { completed: number; total: number | null; from: string } | null,
  nowMs: number,
): void {
  if (said === null) {
    // What was said before holds no more.
    Object.assign(state, { completed: null, from: null, open: null });
    return;
  }
  const isOther = said.from !== state.from || said.total !== state.total || state.open === null;
  state.total = said.total;
  state.from = said.from;
  state.completed = said.completed;
  if (isOther || state.open === null || said.completed < state.open.completed) {
    // Another count, or one that began anew: what was gained in between can't be told.
    state.open = { completed: said.completed, sinceMs: nowMs };
    return;
  }
  const tookMs = nowMs - state.open.sinceMs;
  const leastMs = Math.max(SHORTEST_GAIN_MS, (nowMs - state.startedMs) * SHARE_OF_RUN);
  if (said.completed === state.open.completed || tookMs < leastMs) return;
  state.gains.push({
    count: said.completed - state.open.completed,
    seconds: tookMs / 1000,
    run: state.runs,
  });
  if (state.gains.length > MOST_GAINS) state.gains.shift();
  state.open = { completed: said.completed, sinceMs: nowMs };
}

/** More than this since the newest whole checkpoint is said. */
const OVERDUE_SECONDS = 5 * 60;

/** PROGRESS.txt's content at `nowMs` (the run's monotonic clock), `now` being the wall clock's time. */
export function describeProcess(state: ProcessState, nowMs: number, now: Date): ProgressReport {
  const runSeconds = (nowMs - state.startedMs) / 1000;
  const eta = processEta(state, nowMs);
  const newest = state.checkpoints?.[0];
  const atRiskSeconds = atRisk(state, now);
  return {
    status: state.status,
    completed: state.completed,
    total: state.total,
    elapsedSeconds: state.earlierSeconds + runSeconds,
    etaSeconds: state.status === 'complete' ? 0 : eta.etaSeconds,
    lastUpdate: now.toISOString(),
    job: state.name,
    unit: state.unit,
    itemsPerSecond: eta.itemsPerSecond,
    from: state.from,
    checkpoints: state.checkpoints?.length ?? null,
    lastCheckpoint: newest ? { name: newest.path, at: newest.modifiedAt } : null,
    inFlight: null,
    atRiskSeconds,
    runs: state.runs,
    host: state.host,
    stage: state.stage,
    message:
      atRiskSeconds !== null && atRiskSeconds > OVERDUE_SECONDS
        ? `the next checkpoint is overdue: there has been no whole one for ${(atRiskSeconds / 60).toFixed(0)} min`
        : (state.warning ?? state.message),
  };
}

/** What a death would cost now: the time since the newest whole checkpoint, or since this run began. */
function atRisk(state: ProcessState, now: Date): number | null {
  if (state.checkpoints === null || state.status !== 'running') return null;
  const newest = state.checkpoints[0];
  const savedMs = newest === undefined ? 0 : Date.parse(newest.modifiedAt);
  return Math.max(0, now.getTime() - Math.max(savedMs, state.startedAt.getTime())) / 1000;
}

/** What is left to do in time, and the pace. */
function processEta(state: ProcessState, nowMs: number): Eta {
  const { completed, total, open } = state;
  if (completed === null) return { etaSeconds: null, itemsPerSecond: null };
  const estimate = estimateEta({
    committed: state.gains,
    running: [],
    // Without a total there is a pace all the same.
    remaining: total === null ? 1 : total - completed,
    jobs: 1,
    every: { seconds: SHORTEST_GAIN_MS / 1000 },
  });
  if (total === null) return { etaSeconds: null, itemsPerSecond: estimate.itemsPerSecond };
  if (estimate.etaSeconds === null || open === null) return estimate;
  // What the program is at since its last word counts too, at most what one gain takes.
  const last = state.gains.at(-1);
  const silentSeconds = (nowMs - open.sinceMs) / 1000;
  const counted = Math.min(silentSeconds, last === undefined ? 0 : last.seconds / last.count);
  return { ...estimate, etaSeconds: Math.max(0, estimate.etaSeconds - counted) };
}
