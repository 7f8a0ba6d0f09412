import { jobViewSchema, problemSchema } from '@milepost/monitor/view';
import { planAnswerSchema } from '@milepost/shared/answers';
import { runOutcomeSchema } from '@milepost/shared/job';
import { z } from 'zod';

// Jobs as main and renderer speak of them.

export const jobKeySchema = z.string().min(1).max(8192);
export const jobRequestSchema = z.object({ jobKey: jobKeySchema });

/** How far a fetch of a job's files is, or what became of the last one. */
export const fetchStateSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fetching'),
    /** `merging`: the host makes a partial result. `waiting`: the connection broke; it goes on by itself. */
    phase: z.enum(['merging', 'fetching', 'waiting']),
    bytesDone: z.number(),
    bytes: z.number(),
  }),
  /** `name` is that of the file on this machine. */
  z.object({ kind: z.literal('fetched'), name: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type FetchState = z.infer<typeof fetchStateSchema>;

/** A job's card: what the monitor knows of it, and what a person can do with it. */
export const jobCardSchema = jobViewSchema.extend({
  resumable: z.boolean(),
  stoppable: z.boolean(),
  /** Null: nothing was fetched since the app started. */
  fetch: fetchStateSchema.nullable(),
});
export type JobCard = z.infer<typeof jobCardSchema>;

/** Why one click is not enough: a person has to say yes first. */
export const resumeQuestionSchema = z.object({
  jobKey: jobKeySchema,
  /** What a resume would do as far as it is known; null: the host never said. */
  plan: z.object({ answer: planAnswerSchema, at: z.number().int() }).nullable(),
  /** `old`: the plan is older than a minute and could not be fetched again; `problem` says why. */
  because: z.enum(['old', 'redo', 'refused']),
  problem: problemSchema.nullable(),
});
export type ResumeQuestion = z.infer<typeof resumeQuestionSchema>;

export const resumeResultSchema = z.discriminatedUnion('kind', [
  /** The agent says that the new run holds the job; the next poll shows it. */
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('ask'), question: resumeQuestionSchema }),
  z.object({ kind: z.literal('refused'), problem: problemSchema }),
  /** The answer was lost; never sent again, the next poll tells. */
  z.object({ kind: z.literal('unknown'), problem: problemSchema }),
]);
export type ResumeResult = z.infer<typeof resumeResultSchema>;

export const stopResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('refused'), problem: problemSchema }),
  z.object({ kind: z.literal('unknown'), problem: problemSchema }),
]);
export type StopResult = z.infer<typeof stopResultSchema>;

export const logAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lines'), lines: z.array(z.string()), cut: z.boolean() }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type LogAnswer = z.infer<typeof logAnswerSchema>;

export const checkpointsAnswerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('checkpoints'),
    /** The last ones, newest first; `count` and `bytes` are of all. */
    newest: z.array(
      z.object({
        file: z.string(),
        /** Null: a program's own, which holds no range of items. */
        first: z.number().nullable(),
        items: z.number().nullable(),
        bytes: z.number(),
        /** By the host's clock, ms since the epoch; null: not known. */
        savedHostAt: z.number().nullable(),
      }),
    ),
    count: z.number().int(),
    bytes: z.number(),
  }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type CheckpointsAnswer = z.infer<typeof checkpointsAnswerSchema>;

/** A run of a job that ended. */
export const endedRunSchema = z.object({
  id: z.string(),
  outcome: runOutcomeSchema,
  endedAt: z.number().int(),
  completed: z.number().nullable(),
  total: z.number().nullable(),
  unit: z.string().nullable(),
});
export type EndedRun = z.infer<typeof endedRunSchema>;
