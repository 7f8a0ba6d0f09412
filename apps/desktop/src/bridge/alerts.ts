import { z } from 'zod';

// Alerts as main and renderer speak of them.

/** The events that can be an alert, each with a switch of its own. */
export const ALERT_KINDS = [
  'completed',
  'failed',
  'interrupted',
  'stalled',
  'unreachable',
  'checkpoint-overdue',
  'summary',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export const alertStateSchema = z.enum(['undecided', 'on', 'off']);

const switchSchema = z.boolean().default(true);

export const alertsSchema = z.object({
  /** `undecided`: the person was not asked yet; nothing is shown, and the system is not asked for permission. */
  state: alertStateSchema.default('undecided'),
  kinds: z
    .object({
      completed: switchSchema,
      failed: switchSchema,
      interrupted: switchSchema,
      stalled: switchSchema,
      unreachable: switchSchema,
      'checkpoint-overdue': switchSchema,
      summary: switchSchema,
    } satisfies Record<AlertKind, typeof switchSchema>)
    .prefault({}),
});
export type Alerts = z.infer<typeof alertsSchema>;

/** What became of a test notification. `silent`: the system said neither that it took it nor that it refused. */
export const testAlertSchema = z.enum(['shown', 'refused', 'silent', 'unsupported']);
export type TestAlert = z.infer<typeof testAlertSchema>;
