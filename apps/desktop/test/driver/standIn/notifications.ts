import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type * as Electron from 'electron';
import { deliver, delivered, takeAway } from './delivered.ts';
import { onAct, state } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

// Weak, as the system's own: a notification that the app let go of can no longer be clicked.
const live = new Map<string, WeakRef<StandInNotification>>();
let lastId = 0;

class StandInNotification
  extends EventEmitter
  implements Surface<Electron.Notification, 'id' | 'groupId' | 'title' | 'body' | 'show'>
{
  readonly id: string;
  readonly groupId: string;
  title: string;
  body: string;
  private readonly labels: string[];

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    lastId += 1;
    this.id = options.id ?? `unnamed-${lastId}`;
    this.groupId = options.groupId ?? '';
    this.title = options.title ?? '';
    this.body = options.body ?? '';
    this.labels = (options.actions ?? []).map((action) => action.text ?? '');
  }
  show(): void {
    const { id, groupId, title, body, labels } = this;
    const { notifications } = state.record;
    const at = notifications.findIndex((other) => other.id === id);
    // Shown again under one id it replaces the first.
    const shown = (notifications[at]?.shown ?? 0) + 1;
    const recorded = { id, groupId, title, body, actions: labels, shown };
    notifications.splice(at < 0 ? notifications.length : at, 1, recorded);
    live.set(id, new WeakRef(this));
    state.changed();
    const outcome = state.notifications;
    if (outcome === 'show') deliver(recorded);
    if (outcome === 'show') process.nextTick(() => this.emit('show', makeEvent({})));
    if (outcome === 'failed') process.nextTick(() => this.emit('failed', makeEvent({}), 'not allowed'));
  }
}

const statics: Surface<typeof Electron.Notification, 'isSupported'> & {
  getHistory(): Promise<StandInNotification[]>;
} = {
  isSupported() {
    state.record.permissionAsked = true;
    return true;
  },
  async getHistory() {
    state.record.permissionAsked = true;
    return delivered().map(({ id, groupId, title, body }) => {
      const found = live.get(id)?.deref() ?? new StandInNotification({ id, groupId, title, body });
      live.set(id, new WeakRef(found));
      return strict('Notification', found);
    });
  },
};

export const Notification = new Proxy(StandInNotification, {
  construct(target, [options]) {
    state.record.permissionAsked = true;
    return strict('Notification', new target(options));
  },
  get: (_target, property) => Reflect.get(strict('Notification', statics), property),
});

async function held(id: string): Promise<StandInNotification> {
  // What only a WeakRef still knows goes now; a reference read in this turn would keep it.
  await setImmediate();
  globalThis.gc?.();
  const found = live.get(id)?.deref();
  if (found === undefined) throw new Error(`The notification ${id} is gone: never shown, or let go of.`);
  return found;
}

onAct('click-notification', async ({ id }) => {
  const clicked = await held(id);
  takeAway(id);
  clicked.emit('click', makeEvent({}));
});
onAct('act-on-notification', async ({ id, actionIndex }) => {
  const { actions } = delivered().find((notification) => notification.id === id) ?? { actions: [] };
  if (actions[actionIndex] === undefined) throw new Error(`${id} has no action ${actionIndex}.`);
  const acted = await held(id);
  takeAway(id);
  acted.emit('action', makeEvent({ actionIndex, selectionIndex: -1 }), actionIndex, -1);
});
onAct('answer-notifications', ({ outcome }) => {
  state.notifications = outcome;
});
