import type { AppView, Problem } from '../bridge/view.ts';

// Where a job's Stop stands on this side. Pure. That it was sent and not yet seen is the job's own action.

export type StopStep =
  | { kind: 'asking' }
  | { kind: 'sending'; now: boolean }
  | { kind: 'answered'; problem: Problem };

/** Drops what the newest view has settled: a job that is gone or has no run any more. */
export function settleStops(
  steps: Readonly<Record<string, StopStep>>,
  view: AppView,
): Readonly<Record<string, StopStep>> {
  return Object.fromEntries(
    Object.entries(steps).filter(
      ([jobKey, step]) =>
        step.kind === 'sending' || view.jobs.some(({ key, stoppable }) => key === jobKey && stoppable),
    ),
  );
}
