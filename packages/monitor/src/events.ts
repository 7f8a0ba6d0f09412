import { isEnded, isResumable } from '@milepost/shared/state';
import { z } from 'zod';
import type { WatchLimits } from './limits.ts';
import { isActive, type JobMemory } from './state.ts';
import type { MonitorEvent } from './view.ts';

/** What is remembered of a job across restarts of the watcher, so that nothing is told twice. */
export const knownJobSchema = z.object({
  /** The last state that was more than "cannot be read". */
  state: z.enum(['queued', 'running', 'complete', 'failed', 'interrupted', 'stopped', 'stalled']),
  runId: z.string().nullable(),
  /** Counts the runs of a job that gives them no IDs. */
  episode: z.number().int().min(1),
  /** How often this run stalled and recovered: each time is an event of its own. */
  stalls: z.number().int().min(0),
  /** How often this run was taken for ended and then found otherwise. */
  returns: z.number().int().min(0),
  isOverdueTold: z.boolean(),
});
export type KnownJob = z.infer<typeof knownJobSchema>;

type EventKind = MonitorEvent['kind'];

/** What happened to a job between what was known and a new memory of it. */
export interface JobChange {
  known: KnownJob | null;
  events: { kind: EventKind; occurrence: string }[];
}

/**
 * Compares a job's new state with what was known of it. `lastPollHostAt` is the host's own clock at our last poll of
 * it before this one: a job never seen before is an event only for what happened after that.
 */
export function changeOf(
  known: KnownJob | null,
  next: JobMemory,
  lastPollHostAt: number | null,
  limits: WatchLimits,
): JobChange {
  const state = next.state;
  // These say nothing of the job itself: what was known stays so.
  if (state === 'missing' || state === 'unreadable') return { known, events: [] };
  if (known === null) return firstSight({ ...next, state }, lastPollHostAt);

  const isNewRun =
    next.runId === known.runId || next.runId === null
      ? next.runId === null && isEnded(known.state) && isActive(state)
      : true;
  const run: KnownJob = isNewRun
    ? {
        state,
        runId: next.runId,
        episode: known.episode + 1,
        stalls: 0,
        returns: 0,
        isOverdueTold: false,
      }
    : { ...known, state };
  const kinds: EventKind[] = [];
  if (isNewRun) {
    if (isEnded(state)) kinds.push(endKind(state));
    else kinds.push('started');
    if (state === 'stalled') kinds.push('stalled');
  } else if (state !== known.state) {
    if (isEnded(known.state)) run.returns += 1;
    if (isEnded(state)) kinds.push(endKind(state));
    else if (state === 'stalled') kinds.push('stalled');
    else if (known.state !== 'queued' && known.state !== 'running') kinds.push('recovered');
  }
  if (kinds.includes('stalled')) run.stalls += 1;
  if (state === 'running' && !run.isOverdueTold && isOverdue(next, limits)) {
    run.isOverdueTold = true;
    kinds.push('checkpoint-overdue');
  }
  return { known: run, events: kinds.map((kind) => ({ kind, occurrence: occurrenceOf(run, kind) })) };
}

/**
 * The host's clock is known to about a round trip, its files' times to a second. A job that was not there at the last
 * poll and began or ended this little before it is news all the same.
 */
const CLOCK_SLACK_MS = 2000;

function firstSight(
  next: JobMemory & { state: KnownJob['state'] },
  lastPollHostAt: number | null,
): JobChange {
  const known: KnownJob = {
    state: next.state,
    runId: next.runId,
    episode: 1,
    stalls: next.state === 'stalled' ? 1 : 0,
    returns: 0,
    isOverdueTold: false,
  };
  const happenedAt = isEnded(next.state) ? next.sinceHostAt : next.runStartedHostAt;
  const isNews =
    lastPollHostAt !== null && happenedAt !== null && happenedAt > lastPollHostAt - CLOCK_SLACK_MS;
  if (!isNews) return { known, events: [] };
  const kind = isEnded(next.state) ? endKind(next.state) : 'started';
  return { known, events: [{ kind, occurrence: occurrenceOf(known, kind) }] };
}

function endKind(state: KnownJob['state']): EventKind {
  if (isResumable(state)) {
    return state === 'failed' ? 'failed' : state === 'stopped' ? 'stopped' : 'interrupted';
  }
  return 'completed';
}

function isOverdue({ progress }: JobMemory, limits: WatchLimits): boolean {
  const atRisk = progress?.atRiskSeconds ?? null;
  return progress?.stage === null && atRisk !== null && atRisk * 1000 > limits.atRiskMs;
}

/** The run, and which time in it: so that (host, job, run, kind) names one thing that happened. */
function occurrenceOf(known: KnownJob, kind: EventKind): string {
  const run = known.runId ?? `run-${known.episode}`;
  const times =
    kind === 'stalled'
      ? known.stalls
      : kind === 'recovered'
        ? known.stalls + known.returns
        : known.returns + 1;
  return times > 1 ? `${run}#${times}` : run;
}
