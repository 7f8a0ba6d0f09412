import type { Monitor } from '@milepost/monitor/api';
import type { ResumeResult } from '../bridge/jobs.ts';
import { planIsOld, resumeQuestion } from './resumeDecision.ts';

export type ResumeJob = (jobKey: string, confirmed: boolean) => Promise<ResumeResult>;

/**
 * The one way to resume, for the button and for the notification. A second call for a job while the first is under way
 * gets the first one's answer.
 */
export function createResumeJob({
  monitor,
  now,
}: {
  monitor: Pick<Monitor, 'view' | 'plan' | 'resume'>;
  now: () => number;
}): ResumeJob {
  const underWay = new Map<string, Promise<ResumeResult>>();

  async function decide(jobKey: string, confirmed: boolean): Promise<ResumeResult> {
    if (!confirmed) {
      const job = monitor.view().jobs.find(({ key }) => key === jobKey);
      // There is no agent that could say what its command would do.
      if (job?.resumeBy === 'command') return monitor.resume(jobKey);
      let plan = job?.plan ?? null;
      let problem = null;
      if (planIsOld(plan, now())) {
        const fetched = await monitor.plan(jobKey);
        if (fetched.kind === 'plan') plan = { answer: fetched.answer, at: now() };
        else problem = fetched.problem;
      }
      const question = resumeQuestion(jobKey, plan, problem, now());
      if (question !== null) return { kind: 'ask', question };
    }
    return monitor.resume(jobKey);
  }

  return (jobKey, confirmed) => {
    const running = underWay.get(jobKey);
    if (running !== undefined) return running;
    const started = decide(jobKey, confirmed).finally(() => underWay.delete(jobKey));
    underWay.set(jobKey, started);
    return started;
  };
}
