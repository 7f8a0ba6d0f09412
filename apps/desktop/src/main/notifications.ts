import type { MonitorEvent } from '@milepost/monitor/view';
import { Notification } from 'electron';
import type { TestAlert } from '../bridge/alerts.ts';
import { strings } from '../strings.ts';
import { notificationText } from './notificationText.ts';

/** How many are held on to; older ones can no longer be clicked. */
const MAX_HELD = 100;

/** The system says at once what it does with a notification, or nothing at all. */
const TEST_LIMIT_MS = 3000;
const TEST_ID = 'milepost/test';

export interface Notifications {
  show(event: MonitorEvent): void;
  /** Makes the system ask the person, where it has not yet. */
  askPermission(): void;
  /** Shows a notification, and says what became of it. */
  test(): Promise<TestAlert>;
}

/**
 * Shows events as notifications. `shown` is called when the system has taken one, and for events that nobody is to be
 * disturbed with. An event that comes again replaces the notification of its first time.
 */
export function createNotifications(deps: {
  /** Whether the person wants to be disturbed with events of this kind. */
  wanted(kind: string): boolean;
  shown(eventId: string): void;
  /** A notification was clicked; null: it is of no one job. */
  open(jobKey: string | null): void;
  resume(jobKey: string): void;
}): Notifications {
  // The system's entry goes away with its object, so each is held until it is dealt with.
  const held = new Map<string, Notification>();

  function hold(id: string, notification: Notification): void {
    held.delete(id);
    held.set(id, notification);
    for (const oldest of held.keys()) {
      if (held.size <= MAX_HELD) break;
      held.delete(oldest);
    }
  }

  return {
    show(event) {
      const text = deps.wanted(event.kind) ? notificationText(event) : null;
      // Asking whether they are supported makes macOS ask the person: only when there is something to say.
      if (text === null || !Notification.isSupported()) {
        deps.shown(event.id);
        return;
      }
      const { jobKey } = event;
      const notification = new Notification({
        id: event.id,
        groupId: event.hostId,
        title: text.title,
        body: text.body,
        actions: text.resumable ? [{ type: 'button', text: strings.notification.resume }] : [],
      });
      const letGo = (): void => {
        if (held.get(event.id) === notification) held.delete(event.id);
      };
      notification.on('show', () => deps.shown(event.id));
      notification.on('failed', () => {
        // Switched off for this app: the popover and the icon still tell, and asking again would not help.
        deps.shown(event.id);
        letGo();
      });
      notification.on('close', letGo);
      notification.on('click', () => {
        letGo();
        deps.open(jobKey);
      });
      notification.on('action', () => {
        letGo();
        if (jobKey !== null) deps.resume(jobKey);
      });
      hold(event.id, notification);
      notification.show();
    },
    askPermission() {
      Notification.isSupported();
    },
    test() {
      if (!Notification.isSupported()) return Promise.resolve('unsupported');
      const { title, body } = strings.notification.test;
      const notification = new Notification({ id: TEST_ID, title, body });
      hold(TEST_ID, notification);
      return new Promise((resolve) => {
        const limit = setTimeout(() => resolve('silent'), TEST_LIMIT_MS);
        const end = (outcome: TestAlert): void => {
          clearTimeout(limit);
          resolve(outcome);
        };
        notification.on('show', () => end('shown'));
        notification.on('failed', () => end('refused'));
        notification.on('click', () => deps.open(null));
        notification.show();
      });
    },
  };
}
