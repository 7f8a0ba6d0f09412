import { z } from 'zod';
import { progressSchema } from './progress/progress.ts';

/** Every state that a job can be in for a watcher: those of the file, and those only a watcher can know. */
export const JOB_STATES = [
  'queued',
  'running',
  'complete',
  'failed',
  'interrupted',
  'stopped',
  'stalled',
  'unreachable',
  'missing',
  'unreadable',
] as const;

export const jobStateSchema = z.enum(JOB_STATES);
export type JobState = z.infer<typeof jobStateSchema>;

/** A progress reading with what is true of the job now, as `status ID --json`, `list --json` and a watcher give it. */
export const jobStatusSchema = progressSchema.extend({
  state: jobStateSchema,
  /** When the state began, ISO 8601 in UTC; null where that is not known. */
  since: z.string().nullable(),
  /** Why the job is in this state, for a person; null where the state says it all. */
  reason: z.string().nullable(),
});
export type JobStatusAnswer = z.infer<typeof jobStatusSchema>;

/** States in which nothing runs and `resume` can go on. */
export function isResumable(state: JobState): boolean {
  return state === 'interrupted' || state === 'failed' || state === 'stopped';
}

/** States that a run ends in. */
export function isEnded(state: JobState): boolean {
  return state === 'complete' || isResumable(state);
}
