import { z } from 'zod';
import { notificationSchema, recordSchema } from '../../apps/desktop/test/driver/standIn/control.ts';
import { storySchema } from '../story.ts';

// What the page and its server say to each other. The page runs in a browser: nothing of Node here.

/** All that the page shows around the popover's own page. */
export const sceneSchema = z.object({
  tray: recordSchema.shape.tray,
  /** Labels of the icon's menu while it is open, else empty. */
  menu: z.array(z.string()),
  /** Those that nobody has dealt with yet, oldest first. */
  notifications: z.array(notificationSchema),
  popover: z.object({ visible: z.boolean(), widthPx: z.number(), heightPx: z.number() }),
  /** What the app put on the clipboard last. */
  clipboard: z.string(),
  story: storySchema,
});
export type Scene = z.infer<typeof sceneSchema>;

/** A message of main to the popover's page; `args` as wireValue.ts encodes them. */
export const pushSchema = z.object({ channel: z.string(), args: z.array(z.unknown()) });

/** A question of the popover's page to main. */
export const invokeSchema = z.object({ channel: z.string().max(200), args: z.array(z.unknown()).max(4) });
export const invokeAnswerSchema = z.union([
  z.object({ value: z.unknown() }),
  z.object({ error: z.string() }),
]);

/** What a person does to the menu bar and to notifications. */
export const personActSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('click-tray') }),
  z.object({ kind: z.literal('right-click-tray') }),
  z.object({ kind: z.literal('click-menu'), label: z.string().max(200) }),
  z.object({ kind: z.literal('click-notification'), id: z.string().max(2000) }),
  z.object({
    kind: z.literal('act-on-notification'),
    id: z.string().max(2000),
    actionIndex: z.number().int(),
  }),
  z.object({ kind: z.literal('blur') }),
]);
export type PersonAct = z.infer<typeof personActSchema>;
