import { problemSchema } from '@milepost/monitor/view';
import { z } from 'zod';
import { ALERT_KINDS, alertStateSchema, alertsSchema } from './alerts.ts';

// The settings as main and renderer speak of them.

/** What the renderer sees of the settings. */
export const settingsViewSchema = z.object({ alerts: alertsSchema });
export type SettingsView = z.infer<typeof settingsViewSchema>;

/** What a person changes of the settings; the rest stays. */
export const settingsChangeSchema = z.object({
  alerts: z
    .object({
      state: alertStateSchema.optional(),
      kinds: z.partialRecord(z.enum(ALERT_KINDS), z.boolean()).optional(),
    })
    .optional(),
});
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export const settingsAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('saved') }),
  z.object({ kind: z.literal('failed'), problem: problemSchema }),
]);
export type SettingsAnswer = z.infer<typeof settingsAnswerSchema>;
