import { z } from 'zod';

/** What a watcher is started with. */
export const orderSchema = z.object({
  hosts: z.array(z.object({ id: z.string(), destination: z.string(), paths: z.array(z.string()) })),
  configFile: z.string(),
  /** Where it keeps what it told. */
  events: z.string().nullable(),
  callDeadlineMs: z.number(),
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
  z.object({ kind: z.literal('event'), id: z.string(), event: z.string(), jobKey: z.string().nullable() }),
]);
export type Report = z.infer<typeof reportSchema>;
