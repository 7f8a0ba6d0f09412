import { planAnswerSchema } from '@milepost/shared/answers';
import { jobIdSchema } from '@milepost/shared/job';
import { progressSchema } from '@milepost/shared/progress/progress';
import { jobStateSchema } from '@milepost/shared/state';
import { z } from 'zod';

// What the monitor tells whoever shows it. Pure, and parsed by zod again where it crosses to the renderer.
// Times named ...At are milliseconds since the epoch on the watcher's own clock, unless said otherwise.

const at = z.number().int();

/** Something a person can meet: what happened, where, and what to do next. Cleaned text. */
export const problemSchema = z.object({
  /** For programs; see the adapter that makes it. */
  kind: z.string(),
  what: z.string(),
  next: z.string().nullable(),
});
export type Problem = z.infer<typeof problemSchema>;

/** What only a person can give before a host can be logged in to. */
export const linkQuestionSchema = z.discriminatedUnion('kind', [
  /** An unknown host key, to be compared and trusted. `name` as known_hosts has it, `fingerprint` as `SHA256:...`. */
  z.object({
    kind: z.literal('host-key'),
    name: z.string(),
    keyType: z.string(),
    fingerprint: z.string(),
  }),
  /** An encrypted key on this machine that was needed. */
  z.object({
    kind: z.literal('passphrase'),
    keyFile: z.string(),
    /** The last one did not open it. */
    isWrong: z.boolean(),
  }),
]);
export type LinkQuestion = z.infer<typeof linkQuestionSchema>;

/** The state of the one connection to a host. */
export const hostLinkSchema = z.discriminatedUnion('kind', [
  /** `problem`: why the last try failed, where there was one; it is too early to call the host unreachable. */
  z.object({ kind: z.literal('connecting'), problem: problemSchema.nullable() }),
  z.object({ kind: z.literal('online') }),
  /** The host does not answer; tried again at `nextTryAt`. */
  z.object({ kind: z.literal('unreachable'), sinceAt: at, problem: problemSchema, nextTryAt: at.nullable() }),
  /** A host key or an authentication was refused: nothing is tried again until a person acts. */
  z.object({
    kind: z.literal('refused'),
    sinceAt: at,
    problem: problemSchema,
    /** What would let the next try go further; absent: nothing that could be given here. */
    question: linkQuestionSchema.optional(),
  }),
]);
export type HostLink = z.infer<typeof hostLinkSchema>;

export const hostViewSchema = z.object({
  /** The watch's ID on this machine; what the renderer sends back. */
  id: z.string(),
  /** As the person named it, cleaned. */
  name: z.string(),
  link: hostLinkSchema,
  /** The agent found there; null: none, or not known yet. */
  agent: z.object({ version: z.string(), protocol: z.number() }).nullable(),
  /** Something about the host that is no fault of the link, such as an agent that is too old. */
  problem: problemSchema.nullable(),
  lastContactAt: at.nullable(),
});
export type HostView = z.infer<typeof hostViewSchema>;

/** What a person asked of a job and that is under way or was just answered. */
export const jobActionSchema = z.discriminatedUnion('kind', [
  /** Sent; the card says so until a poll confirms. */
  z.object({ kind: z.literal('resuming'), startedAt: at }),
  /** The agent refused, or the command could not be sent; shown until the next action. */
  z.object({ kind: z.literal('resume-failed'), at, problem: problemSchema }),
  /** The agent was asked to stop; until a poll shows the run's end. `now`: without finishing its batches. */
  z.object({ kind: z.literal('stopping'), startedAt: at, now: z.boolean() }),
  z.object({ kind: z.literal('stop-failed'), at, problem: problemSchema }),
]);
export type JobAction = z.infer<typeof jobActionSchema>;

export const jobViewSchema = z.object({
  /** `HOST_ID/JOB_ID`, or `HOST_ID:PATH` for a file watched by path: unique, what the renderer sends back. */
  key: z.string(),
  hostId: z.string(),
  /** The agent's ID of the job; null for somebody's own PROGRESS.txt. */
  id: jobIdSchema.nullable(),
  /** For a person, cleaned. */
  name: z.string(),
  /** The job's folder, or the file's path, on the host; cleaned, for showing only. */
  path: z.string(),
  progress: progressSchema,
  state: jobStateSchema,
  /** When the state began, as far as this watcher knows. */
  sinceAt: at.nullable(),
  reason: z.string().nullable(),
  /** The run that these values belong to; null where there is no agent. */
  runId: z.string().nullable(),
  /** When the values were last known to be true: the last poll that the host answered. */
  seenAt: at.nullable(),
  /** When the job is expected to end; null: unknown, not running, or stalled. */
  endsAt: at.nullable(),
  /** Where `endsAt` comes from: the job's own ETA, or how fast its earlier runs were. */
  endsAtBasis: z.enum(['progress', 'history']).nullable().optional(),
  /** Missing: in batches, or not known. */
  kind: z.enum(['batched', 'process']).optional(),
  /** What a resume would be sent by: the host's agent, or the command that the person gave; null: there is no way. */
  resumeBy: z.enum(['agent', 'command']).nullable().optional(),
  /** What a resume would do, fetched as soon as the job can be resumed. */
  plan: z.object({ answer: planAnswerSchema, at }).nullable(),
  action: jobActionSchema.nullable(),
});
export type JobView = z.infer<typeof jobViewSchema>;

export const monitorViewSchema = z.object({
  hosts: z.array(hostViewSchema),
  jobs: z.array(jobViewSchema),
  /** Something about this machine's own notes of what was told (damaged, newer, can't be written). */
  problem: problemSchema.nullable(),
});
export type MonitorView = z.infer<typeof monitorViewSchema>;

export const EVENT_KINDS = [
  'started',
  'completed',
  'failed',
  'interrupted',
  'stopped',
  'stalled',
  'recovered',
  'unreachable',
  'reachable',
  'checkpoint-overdue',
  'summary',
] as const;

/** One of the events that a summary stands for. */
export const summaryItemSchema = z.object({
  kind: z.enum(EVENT_KINDS),
  hostName: z.string(),
  jobKey: z.string().nullable(),
  jobName: z.string().nullable(),
  reason: z.string().nullable(),
});
export type SummaryItem = z.infer<typeof summaryItemSchema>;

/**
 * Something that happened once. `id` is (host, job, run, kind): the same event never has two. A `summary` stands for
 * what happened while this machine slept, when that is more than one thing: it takes the place of those events. Its
 * host is that of all of them, or an empty ID and name where they are of several.
 */
export const monitorEventSchema = z.object({
  id: z.string(),
  kind: z.enum(EVENT_KINDS),
  hostId: z.string(),
  hostName: z.string(),
  /** Null for what concerns the whole host. */
  jobKey: z.string().nullable(),
  jobName: z.string().nullable(),
  runId: z.string().nullable(),
  at,
  /** The values when it happened; null for what concerns the whole host. */
  progress: progressSchema.nullable(),
  reason: z.string().nullable(),
  /** Only of a `summary`: what happened, the most important first. */
  summary: z.array(summaryItemSchema).optional(),
});
export type MonitorEvent = z.infer<typeof monitorEventSchema>;
