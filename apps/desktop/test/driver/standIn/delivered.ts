import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { notificationSchema, type RecordedNotification } from './control.ts';
import { state } from './state.ts';

// What stands in Notification Center: it outlives the app.

const file = join(state.userData, 'stand-in-notifications.json');

export function delivered(): RecordedNotification[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return z.array(notificationSchema).parse(JSON.parse(text));
}

export function deliver(notification: RecordedNotification): void {
  write([...delivered().filter(({ id }) => id !== notification.id), notification]);
}

/** It was clicked, or acted upon. */
export function takeAway(id: string): void {
  write(delivered().filter((notification) => notification.id !== id));
}

function write(notifications: readonly RecordedNotification[]): void {
  writeFileSync(file, JSON.stringify(notifications));
  state.changed();
}
