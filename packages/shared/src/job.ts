import { z } from 'zod';

/** An ID: made from the job's name, safe as a file name and as a shell word. */
export const jobIdSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'not a job ID');

/** The ID that a job's name asks for; another folder's job of that ID gives it a number behind. */
export function idFromName(name: string): string {
  const id = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[-._]+$/g, '')
    .slice(0, 56);
  return id === '' ? 'job' : id;
}

/** A plain name of a file in the job's own folder: no separator, no control character, not hidden, not `..`. */
export const fileNameSchema = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => !/[/\\\u0000-\u001f\u007f]/.test(name) && !name.startsWith('.'), 'not a plain file name');

const items = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** How large a batch is: a fixed number of items, or as many as take this long. */
export const cadenceSchema = z.union([z.object({ items }), z.object({ seconds: z.number().positive() })]);
export type Cadence = z.infer<typeof cadenceSchema>;

/** How checkpoints become the final result; `command` is a shell line with {inputs}, {list} and {output}. */
export const mergeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('concat') }),
  z.object({ kind: z.literal('command'), command: z.string().min(1) }),
]);
export type Merge = z.infer<typeof mergeSchema>;

/** Where a job runs: what a resume from an empty environment needs to find the same program and libraries. */
export const surroundingsSchema = z.object({
  cwd: z.string().min(1),
  /** Octal, such as `0022`. */
  umask: z.string().regex(/^[0-7]{3,4}$/),
  /** The resolved path of the command's program; null where it was not found when the job was made. */
  program: z.string().nullable(),
  env: z.record(z.string(), z.string()),
});
export type Surroundings = z.infer<typeof surroundingsSchema>;

const anyJob = {
  version: z.literal(1),
  id: jobIdSchema,
  /** Tells this job from another one that later has the same ID or folder. */
  uid: z.string().min(8).max(64),
  name: z.string().min(1),
  createdAt: z.string(),
  /**
   * Who holds the job and works through it. `agent`: the agent, which starts the command. `program`: the command itself,
   * with the Python client in it; to resume it, it is started again and takes the lock on its own.
   */
  runner: z.enum(['agent', 'program']).default('agent'),
  command: z.array(z.string()).min(1),
  unit: z.string().min(1),
  surroundings: surroundingsSchema,
};

/** A job in batches: its command runs once for each, or (`runner: program`) is a program that does them. */
export const batchedJobSchema = z.object({
  ...anyJob,
  kind: z.literal('batched'),
  total: items,
  every: cadenceSchema,
  jobs: z.number().int().min(1).max(1024),
  retries: z.number().int().min(0).max(1000),
  keepGoing: z.boolean(),
  batchTimeoutSeconds: z.number().positive().nullable(),
  /** With its dot, or empty. */
  extension: z.string().regex(/^(\.[A-Za-z0-9][A-Za-z0-9._-]*)?$/, 'not a file extension'),
  /** `path`: the command gets {output}; `stdout`: what it prints; `file`: it writes to $MILEPOST_OUTPUT. */
  output: z.enum(['path', 'stdout', 'file']),
  merge: mergeSchema.nullable(),
  final: fileNameSchema.nullable(),
  /** Digits in checkpoint names: the width of the first total, at least 5; stays when the total grows. */
  width: z.number().int().min(5).max(16),
});
export type BatchedJob = z.infer<typeof batchedJobSchema>;

/** How many globs, and how many regular expressions, a job may have, and how long one may be. */
export const MAX_PATTERNS = 32;
export const MAX_PATTERN_LENGTH = 1000;

/** A job of one process that is started whole, and whose checkpoints are its own. */
export const processJobSchema = z.object({
  ...anyJob,
  kind: z.literal('process'),
  /** As a person gave it; null: what the program says counts. */
  total: items.nullable(),
  /** Globs, from the job's working folder, that find the program's own checkpoints. */
  checkpoints: z.array(z.string().min(1).max(MAX_PATTERN_LENGTH)).max(MAX_PATTERNS),
  /** Regular expressions of `--progress`. */
  patterns: z.array(z.string().min(1).max(MAX_PATTERN_LENGTH)).max(MAX_PATTERNS),
  /** Added to the command where it resumes from a checkpoint, with `{checkpoint}` in one of them. */
  resumeArgs: z.array(z.string()).nullable(),
});
export type ProcessJob = z.infer<typeof processJobSchema>;

/** `job.json`: what was asked, and in which surroundings. */
export const jobRecordSchema = z.discriminatedUnion('kind', [batchedJobSchema, processJobSchema]);
export type JobRecord = z.infer<typeof jobRecordSchema>;

/** `$XDG_STATE_HOME/milepost/jobs/ID.json`: where a job's folder is. */
export const registryEntrySchema = z.object({
  version: z.literal(1),
  id: jobIdSchema,
  uid: z.string().min(8).max(64),
  name: z.string(),
  dir: z.string().startsWith('/'),
  createdAt: z.string(),
  /** What can be asked of it: one process has no batches to merge or to fetch. */
  kind: z.enum(['batched', 'process']).default('batched'),
});
export type RegistryEntry = z.infer<typeof registryEntrySchema>;

/** Names a process beyond its pid, so that a recycled pid, another boot or another container is told apart. */
export const processIdentitySchema = z.object({
  host: z.string(),
  /** `/proc/sys/kernel/random/boot_id`, or null where there is none. */
  bootId: z.string().nullable(),
  pid: z.number().int().positive(),
  /** Start time as the system gives it (Linux: clock ticks after boot, field 22 of /proc/PID/stat). */
  startTime: z.string().nullable(),
  /** The pid namespace (Linux: the link /proc/self/ns/pid), or null. */
  pidNamespace: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** How a run can end; `interrupted` also when a signal ended it in order. */
export const runOutcomeSchema = z.enum(['complete', 'failed', 'interrupted', 'stopped']);
export type RunOutcome = z.infer<typeof runOutcomeSchema>;

/** One line of `runs.jsonl`: a start, or the end of the run of that number. A killed run has no end. */
export const runRecordSchema = z.discriminatedUnion('kind', [
  z.object({
    version: z.literal(1),
    kind: z.literal('start'),
    /** 1 for the first start, then counting. */
    run: z.number().int().min(1),
    runId: z.string().min(8).max(64),
    at: z.string(),
    process: processIdentitySchema,
    agent: z.string(),
  }),
  z.object({
    version: z.literal(1),
    kind: z.literal('end'),
    run: z.number().int().min(1),
    at: z.string(),
    outcome: runOutcomeSchema,
    reason: z.string().nullable(),
  }),
]);
export type RunRecord = z.infer<typeof runRecordSchema>;
export type RunStart = Extract<RunRecord, { kind: 'start' }>;
export type RunEnd = Extract<RunRecord, { kind: 'end' }>;
