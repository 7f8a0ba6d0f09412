import type { ResumeQuestion } from '../bridge/jobs.ts';
import type { AppView, Problem } from '../bridge/view.ts';

// Where a job's Resume stands on this side. Pure.

export type ResumeStep =
  | { kind: 'sending' }
  | { kind: 'asking'; question: ResumeQuestion }
  /** The agent took it; said until a poll shows another run or another state than before. */
  | { kind: 'sent'; at: number; runId: string | null }
  | { kind: 'answered'; problem: Problem };

/** Drops what the newest view has settled: the job is gone, can no longer be resumed, or runs anew. */
export function settleResumes(
  steps: Readonly<Record<string, ResumeStep>>,
  view: AppView,
): Readonly<Record<string, ResumeStep>> {
  return Object.fromEntries(
    Object.entries(steps).filter(([jobKey, step]) => {
      if (step.kind === 'sending') return true;
      const job = view.jobs.find((candidate) => candidate.key === jobKey);
      if (job === undefined || !job.resumable) return false;
      if (step.kind === 'sent') return job.runId === step.runId && job.action?.kind !== 'resume-failed';
      return true;
    }),
  );
}
