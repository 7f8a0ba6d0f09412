import { problemSchema } from '@milepost/monitor/view';
import { z } from 'zod';
import { ALERT_KINDS, alertStateSchema, alertsSchema } from './alerts.ts';

// The settings as main and renderer speak of them.

/** What stands in the menu bar beside the icon. */
export const MENU_BAR_STYLES = ['icon', 'percent', 'percent-eta'] as const;
export const menuBarStyleSchema = z.enum(MENU_BAR_STYLES);
export type MenuBarStyle = z.infer<typeof menuBarStyleSchema>;

/** How large text is shown, in percent; the window grows with it. */
export const TEXT_PERCENTS = [100, 125, 150, 200] as const;
export const textPercentSchema = z.number().int().min(100).max(200);

/** `unavailable`: this system has no such thing, or none that it tells of. */
export const launchAtLoginSchema = z.enum(['on', 'off', 'needs-approval', 'unavailable']);
export type LaunchAtLogin = z.infer<typeof launchAtLoginSchema>;

export const hostIdSchema = z.string().min(1).max(256);

/** A file or folder that is watched by path; `key` is what the renderer sends back. */
export const watchViewSchema = z.object({
  key: z.string(),
  path: z.string(),
  resumeCommand: z.string().nullable(),
});
export type WatchView = z.infer<typeof watchViewSchema>;

/** What the renderer sees of the settings. */
export const settingsViewSchema = z.object({
  hosts: z.array(z.object({ id: z.string(), name: z.string(), watches: z.array(watchViewSchema) })),
  /** How often hosts are looked at while a job runs. */
  runningSeconds: z.number(),
  menuBar: menuBarStyleSchema,
  textPercent: textPercentSchema,
  /** No host is looked at. */
  paused: z.boolean(),
  launchAtLogin: launchAtLoginSchema,
  alerts: alertsSchema,
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

/** What a person changes of the settings; the rest stays. */
export const settingsChangeSchema = z.object({
  runningSeconds: z.number().min(1).max(3600).optional(),
  menuBar: menuBarStyleSchema.optional(),
  textPercent: textPercentSchema.optional(),
  paused: z.boolean().optional(),
  launchAtLogin: z.boolean().optional(),
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

/** What a person types or pastes into a field of one line, as it stands there; main makes sense of it. */
const typedSchema = z.string().max(4096);

/** A path on a host, and optionally the shell line that resumes what writes it; empty: none. */
export const typedWatchSchema = z.object({ path: typedSchema, resumeCommand: typedSchema });
export type TypedWatch = z.infer<typeof typedWatchSchema>;
