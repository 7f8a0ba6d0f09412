import type { JobView } from '@milepost/monitor/view';
import type { ResumeQuestion } from '../bridge/jobs.ts';

// Whether one click is enough. Pure.

/** A plan older than this says too little about now. */
export const PLAN_FRESH_MS = 60_000;

/** True where the plan has to be asked for again before anything is decided. */
export function planIsOld(plan: JobView['plan'], now: number): boolean {
  return plan === null || now - plan.at > PLAN_FRESH_MS || plan.at > now + PLAN_FRESH_MS;
}

/**
 * What has to be asked before a resume, or null: go ahead. It asks only where the plan is old and could not be had
 * again, where committed work would be redone, or where the agent would refuse.
 */
export function resumeQuestion(
  jobKey: string,
  plan: JobView['plan'],
  refreshProblem: ResumeQuestion['problem'],
  now: number,
): ResumeQuestion | null {
  const base = { jobKey, plan, problem: refreshProblem };
  if (plan === null || planIsOld(plan, now)) return { ...base, because: 'old' };
  if (plan.answer.refused !== null) return { ...base, because: 'refused' };
  if (plan.answer.redo.length > 0) return { ...base, because: 'redo' };
  return null;
}
