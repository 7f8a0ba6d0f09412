import { z } from 'zod';
import { fileNameSchema, jobIdSchema } from './job.ts';
import { jobStatusSchema } from './state.ts';

const whole = z.number().int().min(0);

/** `milepost --version --json`. */
export const versionAnswerSchema = z.object({
  version: z.string(),
  protocol: z.number().int(),
  node: z.string(),
  /** The folder of the registry's entries. */
  registry: z.string(),
});
export type VersionAnswer = z.infer<typeof versionAnswerSchema>;

/** `milepost list --json`. */
export const listAnswerSchema = z.object({
  version: z.literal(1),
  jobs: z.array(jobStatusSchema.extend({ id: jobIdSchema, dir: z.string() })),
  /** What can't be used of the list itself, for a person: jobs may be missing above. Absent: nothing. */
  problems: z.array(z.string()).optional(),
});
export type ListAnswer = z.infer<typeof listAnswerSchema>;

/** `milepost resume ID --plan --json`: what a resume would do. */
export const planAnswerSchema = z.object({
  version: z.literal(1),
  id: jobIdSchema,
  state: z.string(),
  kind: z.enum(['batched', 'process']).default('batched'),
  done: z.object({ batches: whole, items: whole }),
  /** Null: nobody knows how much there is. */
  todo: z.object({ items: whole.nullable() }),
  /** Of one process: the checkpoint of its own from which it would go on; null: from the start, or as it knows. */
  checkpoint: z.string().nullable().default(null),
  redo: z.array(z.object({ first: whole, count: whole, reason: z.string() })),
  estimatedSeconds: z.number().min(0).nullable(),
  /** Why a resume would be refused; null: it would go ahead. */
  refused: z.string().nullable(),
});
export type PlanAnswer = z.infer<typeof planAnswerSchema>;

/** `milepost resume ID --detach --json` and `run --detach --json`: the new run holds the job. */
export const startedAnswerSchema = z.object({
  version: z.literal(1),
  id: jobIdSchema,
  dir: z.string(),
  run: z.number().int().min(1),
  runId: z.string(),
  /** True where there was nothing left to do. */
  alreadyComplete: z.boolean(),
});
export type StartedAnswer = z.infer<typeof startedAnswerSchema>;

/** `milepost stop ID --json`. */
export const stopAnswerSchema = z.object({
  version: z.literal(1),
  id: jobIdSchema,
  state: z.string(),
  /** False: it did not run. */
  asked: z.boolean(),
});
export type StopAnswer = z.infer<typeof stopAnswerSchema>;

/** `milepost merge ID --json`. */
export const mergeAnswerSchema = z.object({
  version: z.literal(1),
  id: jobIdSchema,
  file: fileNameSchema,
  items: z.number().int().min(0),
  total: z.number().int().min(0),
});
export type MergeAnswer = z.infer<typeof mergeAnswerSchema>;

/** Any command's answer with `--json` when it could not do what was asked. */
export const errorAnswerSchema = z.object({
  version: z.literal(1),
  error: z.object({
    /** For programs: `usage`, `held`, `refused`, `failed`, ... */
    kind: z.string(),
    message: z.string(),
    /** What to do next. */
    hint: z.string().nullable(),
  }),
});
export type ErrorAnswer = z.infer<typeof errorAnswerSchema>;

/** The exit codes of every command. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  held: 3,
  refused: 4,
  resumable: 5,
  /** A watcher: a host does not answer, or what it has can't be read. */
  unknown: 6,
  /** A watcher that looks once: something still goes on. */
  going: 7,
} as const;
