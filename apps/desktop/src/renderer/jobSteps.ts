import type { ResumeQuestion, ResumeResult, StopResult } from '../bridge/jobs.ts';
import type { AppView, Problem } from '../bridge/view.ts';
import type { Api } from '../bridge.ts';
import { type ResumeStep, settleResumes } from './resumeStep.ts';
import { type StopStep, settleStops } from './stopStep.ts';

// Resume and Stop from the click until a view shows what came of them.

export interface JobSteps {
  /** By job key; a job that is not in here has nothing under way. */
  resumes: Readonly<Record<string, ResumeStep>>;
  /** As `resumes`, for Stop. */
  stops: Readonly<Record<string, StopStep>>;
}

export interface JobStepActions {
  resume(jobKey: string, confirmed: boolean): Promise<void>;
  cancelResume(jobKey: string): void;
  /** Asks whether and how to stop the job. */
  askStop(jobKey: string): void;
  cancelStop(jobKey: string): void;
  stop(jobKey: string, now: boolean): Promise<void>;
}

/** The steps without those that the newest view has settled. */
export function settleSteps({ resumes, stops }: JobSteps, view: AppView): JobSteps {
  return { resumes: settleResumes(resumes, view), stops: settleStops(stops, view) };
}

/** The steps with a question about a job's resume. */
export function askResume({ resumes, stops }: JobSteps, question: ResumeQuestion): JobSteps {
  return { resumes: { ...resumes, [question.jobKey]: { kind: 'asking', question } }, stops };
}

export function createJobStepActions(
  api: Api,
  deps: {
    now(): number;
    state(): JobSteps & { view: AppView | null };
    set(steps: Partial<JobSteps>): void;
    troubleOf(error: unknown): Problem;
  },
): JobStepActions {
  const { state, set, troubleOf } = deps;
  function setResume(jobKey: string, step: ResumeStep | null): void {
    set({ resumes: withStep(state().resumes, jobKey, step) });
  }
  function setStop(jobKey: string, step: StopStep | null): void {
    set({ stops: withStep(state().stops, jobKey, step) });
  }
  return {
    async resume(jobKey, confirmed) {
      const under = state().resumes[jobKey];
      if (under?.kind === 'sending' || under?.kind === 'sent') return;
      const job = state().view?.jobs.find((candidate) => candidate.key === jobKey);
      setResume(jobKey, { kind: 'sending' });
      let result: ResumeResult;
      try {
        result = await api.resume({ jobKey, confirmed });
      } catch (error) {
        setResume(jobKey, { kind: 'answered', problem: troubleOf(error) });
        return;
      }
      switch (result.kind) {
        case 'ask':
          return set(askResume(state(), result.question));
        case 'done':
          setResume(jobKey, { kind: 'sent', at: deps.now(), runId: job?.runId ?? null });
          break;
        case 'refused':
        case 'unknown':
          setResume(jobKey, { kind: 'answered', problem: result.problem });
      }
      // The view that shows the new run may have come before the answer.
      const { view } = state();
      if (view !== null) set(settleSteps(state(), view));
    },
    cancelResume: (jobKey) => setResume(jobKey, null),
    askStop: (jobKey) => setStop(jobKey, { kind: 'asking' }),
    cancelStop: (jobKey) => setStop(jobKey, null),
    async stop(jobKey, atOnce) {
      if (state().stops[jobKey]?.kind === 'sending') return;
      setStop(jobKey, { kind: 'sending', now: atOnce });
      let result: StopResult;
      try {
        result = await api.stopJob({ jobKey, now: atOnce });
      } catch (error) {
        setStop(jobKey, { kind: 'answered', problem: troubleOf(error) });
        return;
      }
      // Until a poll confirms it the job's own action says so.
      setStop(jobKey, result.kind === 'done' ? null : { kind: 'answered', problem: result.problem });
    },
  };
}

function withStep<S>(
  steps: Readonly<Record<string, S>>,
  jobKey: string,
  step: S | null,
): Readonly<Record<string, S>> {
  const { [jobKey]: _before, ...others } = steps;
  return step === null ? others : { ...others, [jobKey]: step };
}
