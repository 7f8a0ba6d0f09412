import { cleanText } from '@milepost/shared/text';
import type { Monitor } from './api.ts';
import type { HostWatch } from './hostWatch.ts';
import type { Problem } from './view.ts';

/** What the monitor is asked of one job: each call goes to the watch of the job's host. */
export type JobCalls = Pick<
  Monitor,
  'plan' | 'resume' | 'stopJob' | 'logs' | 'partialMerge' | 'checkpoints' | 'fetch'
>;

/** `watchOf` finds the watch of a job's host; null: there is no such job. */
export function createJobCalls(watchOf: (jobKey: string) => HostWatch | null): JobCalls {
  async function onWatch<T>(
    jobKey: string,
    call: (watch: HostWatch) => Promise<T>,
    without: (problem: Problem) => T,
  ): Promise<T> {
    const watch = watchOf(jobKey);
    return watch === null ? without(unknownJob(jobKey)) : await call(watch);
  }
  const refused = (problem: Problem) => ({ kind: 'refused', problem }) as const;
  const failed = (problem: Problem) => ({ kind: 'failed', problem }) as const;

  return {
    plan: (key) => onWatch(key, (watch) => watch.plan(key), failed),
    resume: (key) => onWatch(key, (watch) => watch.actions.resume(key), refused),
    stopJob: (key, { now = false } = {}) => onWatch(key, (watch) => watch.actions.stop(key, now), refused),
    logs: (key, { lines }) => onWatch(key, (watch) => watch.queries.logs(key, lines), failed),
    partialMerge: (key) => onWatch(key, (watch) => watch.queries.partialMerge(key), failed),
    checkpoints: (key) => onWatch(key, (watch) => watch.queries.checkpoints(key), failed),
    fetch: (key, request, options = {}) =>
      onWatch(
        key,
        (watch) => watch.queries.fetch(key, request, options),
        (problem) => ({ kind: 'failed', problem, files: [] }),
      ),
  };
}

function unknownJob(jobKey: string): Problem {
  return { kind: 'no-job', what: `There is no job ${cleanText(jobKey)} here.`, next: 'Poll the host again.' };
}
