import { z } from 'zod';

// What the test and the stand-in's process say to each other.

export const notificationSchema = z.object({
  id: z.string(),
  groupId: z.string(),
  title: z.string(),
  body: z.string(),
  actions: z.array(z.string()),
  /** How often it was shown under this id. */
  shown: z.number().int(),
});
export type RecordedNotification = z.infer<typeof notificationSchema>;

/** What the system does with a notification: takes it, refuses it, or says nothing. */
export const notificationOutcomeSchema = z.enum(['show', 'failed', 'nothing']);
export type NotificationOutcome = z.infer<typeof notificationOutcomeSchema>;

/** What the system makes of an app that wants to start at login. */
export const loginItemOutcomeSchema = z.enum(['enabled', 'requires-approval', 'not-registered']);
export type LoginItemOutcome = z.infer<typeof loginItemOutcomeSchema>;

/** What powerMonitor tells the app. */
export const powerEventSchema = z.enum([
  'suspend',
  'resume',
  'on-battery',
  'on-ac',
  'lock-screen',
  'unlock-screen',
]);
export type PowerEvent = z.infer<typeof powerEventSchema>;

export const recordSchema = z.object({
  tray: z
    .object({ title: z.string(), tooltip: z.string(), image: z.string(), titleChanges: z.number() })
    .nullable(),
  notifications: z.array(notificationSchema),
  /** Whether the app did something at which macOS asks the person to allow notifications. */
  permissionAsked: z.boolean(),
  /** Whether the app wants to start at login. */
  opensAtLogin: z.boolean(),
  /** Labels of the menu that was popped up last. */
  menu: z.array(z.string()),
  clipboard: z.string(),
  /** What was shown in the file manager. */
  shownItems: z.array(z.string()),
  downloads: z.array(z.enum(['refused', 'begun'])),
  windows: z.array(
    z.object({
      visible: z.boolean(),
      url: z.string(),
      options: z.record(z.string(), z.unknown()),
    }),
  ),
  /** What the stand-in had to refuse, such as a request to the network. */
  refused: z.array(z.string()),
});
export type Recorded = z.infer<typeof recordSchema>;

export const actSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('record') }),
  z.object({ kind: z.literal('click-tray') }),
  z.object({ kind: z.literal('right-click-tray') }),
  z.object({ kind: z.literal('click-menu'), label: z.string() }),
  z.object({ kind: z.literal('click-notification'), id: z.string() }),
  z.object({ kind: z.literal('act-on-notification'), id: z.string(), actionIndex: z.number().int() }),
  z.object({ kind: z.literal('answer-notifications'), outcome: notificationOutcomeSchema }),
  z.object({ kind: z.literal('answer-login-item'), outcome: loginItemOutcomeSchema }),
  z.object({ kind: z.literal('answer-dialog'), folder: z.string().nullable() }),
  z.object({ kind: z.literal('power'), event: powerEventSchema }),
  z.object({ kind: z.literal('pace-time'), factor: z.number() }),
  z.object({ kind: z.literal('pass-time'), ms: z.number() }),
  z.object({ kind: z.literal('set-clock'), ms: z.number() }),
  z.object({ kind: z.literal('blur') }),
  z.object({ kind: z.literal('activate') }),
  z.object({ kind: z.literal('color-scheme'), scheme: z.enum(['light', 'dark']) }),
  z.object({ kind: z.literal('invoke-as-stranger'), channel: z.string(), body: z.unknown() }),
  z.object({ kind: z.literal('invoke'), channel: z.string(), body: z.unknown() }),
  /** Of a display that serves its windows: where, and how many look at them. */
  z.object({ kind: z.literal('look') }),
  /** Of a display that also tells what goes on around the app. */
  z.object({ kind: z.literal('tell'), story: z.unknown() }),
  z.object({ kind: z.literal('screenshot'), path: z.string() }),
  z.object({ kind: z.literal('crash') }),
  z.object({ kind: z.literal('quit') }),
]);
export type Act = z.infer<typeof actSchema>;

export const requestSchema = z.object({ id: z.number().int(), act: actSchema });

export const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  z.object({ kind: z.literal('answer'), id: z.number().int(), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.number().int(), message: z.string() }),
]);
