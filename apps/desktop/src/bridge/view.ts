import { hostViewSchema, problemSchema } from '@milepost/monitor/view';
import { z } from 'zod';
import { jobCardSchema, jobKeySchema, resumeQuestionSchema } from './jobs.ts';
import { settingsViewSchema } from './settings.ts';
import { setupViewSchema } from './setup.ts';

// All that the popover shows.

export type { HostView, LinkQuestion, Problem } from '@milepost/monitor/view';

/**
 * What the popover shows, the job that matters most first. `notices` are the app's own troubles, such as a settings
 * file that was set aside.
 */
export const appViewSchema = z.object({
  hosts: z.array(hostViewSchema),
  jobs: z.array(jobCardSchema),
  notices: z.array(problemSchema),
  settings: settingsViewSchema,
  /** Null: no host is being set up. */
  setup: setupViewSchema.nullable(),
});
export type AppView = z.infer<typeof appViewSchema>;

/** What the popover is opened with. */
export const openingSchema = z.object({
  view: appViewSchema,
  visible: z.boolean(),
  /** The job to show first, where a notification led here; `question` where its Resume has to be asked about. */
  focus: z.object({ jobKey: jobKeySchema, question: resumeQuestionSchema.nullable() }).nullable(),
  /** The screen to open with. */
  screen: z.enum(['jobs', 'settings', 'add-host']),
  /** Whether the window's own material shines through. */
  translucent: z.boolean(),
});
export type Opening = z.infer<typeof openingSchema>;
