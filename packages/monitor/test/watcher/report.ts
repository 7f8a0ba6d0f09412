import { z } from 'zod';

/** What a watcher is started with. */
export const orderSchema = z.object({
  hosts: z.array(z.object({ id: z.string(), destination: z.string(), paths: z.array(z.string()) })),
  configFile: z.string(),
  /** Where it keeps what it told. */
  events: z.string().nullable(),
  callDeadlineMs: z.number(),
  /** What it fetches as soon as the job is seen. */
  fetch: z
    .object({ jobKey: z.string(), what: z.enum(['result', 'partial', 'checkpoints']), to: z.string() })
    .optional(),
});
export type WatcherOrder = z.infer<typeof orderSchema>;

/** One line of what it says. */
export const reportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('view'),
    hosts: z.array(z.object({ id: z.string(), link: z.string(), problem: z.string().nullable() })),
    /** The first 50. */
    jobs: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        state: z.string(),
        reason: z.string().nullable(),
        completed: z.number().nullable(),
        message: z.string().nullable(),
      }),
    ),
    jobCount: z.number(),
  }),
  z.object({
    kind: z.literal('fetched'),
    outcome: z.enum(['fetched', 'failed', 'aborted']),
    problem: z.object({ kind: z.string(), what: z.string() }).nullable(),
    /** The names of the first 50. */
    files: z.array(z.string()),
  }),
  z.object({ kind: z.literal('event'), id: z.string(), event: z.string(), jobKey: z.string().nullable() }),
]);
export type Report = z.infer<typeof reportSchema>;
