import type { MonitorEvent } from '@milepost/monitor/view';
import { Notification } from 'electron';
import type { TestAlert } from '../bridge/alerts.ts';
import { strings } from '../strings.ts';
import { alertOf } from './alerts.ts';
import type { LaunchNotification } from './launch.ts';
import { notificationText } from './notificationText.ts';

/** How many are held on to; older ones can no longer be clicked. */
const MAX_HELD = 100;

/** The system says at once what it does with a notification, or nothing at all. */
const TEST_LIMIT_MS = 3000;
const TEST_ID = 'milepost/test';

export interface Notifications {
  show(event: MonitorEvent): void;
  /** Those that an earlier process showed and that still stand can be clicked again. */
  restore(): Promise<void>;
  /** The app was started by one of them. */
  launchedBy(notification: LaunchNotification): Promise<void>;
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
  /** An event that was told, also by an earlier process; null: it is not known. */
  eventOf(eventId: string): Promise<MonitorEvent | null>;
  /** A notification was clicked; null: it is of no one job. */
  open(jobKey: string | null): void;
  /** The job may not have been seen since the app started. */
  resume(jobKey: string, hostId: string): void;
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

  function letGo(id: string, notification: Notification): void {
    if (held.get(id) === notification) held.delete(id);
  }

  /** Holds it until it is dealt with, and does what the person makes of it. `event` null: it is not known. */
  function follow(id: string, notification: Notification, event: MonitorEvent | null): void {
    hold(id, notification);
    notification.on('close', () => letGo(id, notification));
    notification.on('click', () => {
      letGo(id, notification);
      grant('open', event);
    });
    notification.on('action', () => {
      letGo(id, notification);
      grant('resume', event);
    });
  }

  function grant(wish: LaunchNotification['wish'], event: MonitorEvent | null): void {
    const jobKey = event?.jobKey ?? null;
    if (wish === 'resume' && event !== null && jobKey !== null) deps.resume(jobKey, event.hostId);
    else deps.open(jobKey);
  }

  return {
    show(event) {
      const alert = alertOf(event, deps.wanted);
      const text = alert === null ? null : notificationText(alert);
      // Asking whether they are supported makes macOS ask the person: only when there is something to say.
      if (text === null || !Notification.isSupported()) {
        deps.shown(event.id);
        return;
      }
      const notification = new Notification({
        id: event.id,
        groupId: event.hostId,
        title: text.title,
        body: text.body,
        actions: text.resumable ? [{ type: 'button', text: strings.notification.resume }] : [],
      });
      follow(event.id, notification, alert);
      notification.on('show', () => deps.shown(event.id));
      notification.on('failed', () => {
        // Switched off for this app: the popover and the icon still tell, and asking again would not help.
        deps.shown(event.id);
        letGo(event.id, notification);
      });
      notification.show();
    },
    async restore() {
      // Only macOS keeps them for an app.
      if (typeof Notification.getHistory !== 'function') return;
      let delivered: Notification[];
      try {
        delivered = await Notification.getHistory();
      } catch (error) {
        console.warn(`Notifications of before can't be clicked: ${String(error)}`);
        return;
      }
      for (const notification of delivered) {
        const { id } = notification;
        const event = await deps.eventOf(id);
        // Shown anew meanwhile, it is followed already.
        if (!held.has(id)) follow(id, notification, event && (alertOf(event, deps.wanted) ?? event));
      }
    },
    async launchedBy({ id, wish }) {
      grant(wish, await deps.eventOf(id));
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
