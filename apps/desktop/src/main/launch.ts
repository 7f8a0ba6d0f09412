import { z } from 'zod';

// Why the system started the app, as far as it says so. Pure.

const responseSchema = z.object({ identifier: z.string().min(1), actionIdentifier: z.string() });

/** macOS's own names of what a person can do with a notification; ours are its buttons. */
const CLICKED = 'com.apple.UNNotificationDefaultActionIdentifier';
const CLOSED = 'com.apple.UNNotificationDismissActionIdentifier';

/** A notification that the app was started by. */
export interface LaunchNotification {
  id: string;
  /** It was clicked, or its one button was. */
  wish: 'open' | 'resume';
}

/** What `ready` brought; null: it was not started by a notification. */
export function launchNotification(launchInfo: unknown): LaunchNotification | null {
  const parsed = responseSchema.safeParse(launchInfo);
  if (!parsed.success) return null;
  const { identifier, actionIdentifier } = parsed.data;
  if (actionIdentifier === CLOSED) return null;
  return { id: identifier, wish: actionIdentifier === CLICKED ? 'open' : 'resume' };
}
