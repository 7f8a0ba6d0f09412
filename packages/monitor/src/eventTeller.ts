import type { Unsubscribe } from './api.ts';
import type { Clock } from './clock.ts';
import type { MonitorEvent } from './view.ts';

/** At least this often what was seen last is noted, also when nothing happened. */
const SAVE_MS = 60_000;

/** Tells listeners of events, each listener once of each. */
export interface EventTeller {
  /**
   * Notes what is new, and tells. An event is on disk before anybody hears of it; then it can't be lost, and is told
   * again until it was shown.
   */
  tell(events: readonly MonitorEvent[]): Promise<void>;
  /** Tells of events that an earlier process left. */
  tellPending(): void;
  onEvent(listener: (event: MonitorEvent) => void): Unsubscribe;
}

export function createEventTeller(options: {
  clock: Clock;
  /** Events that were noted and not shown, oldest first; none before they can be told. */
  pending(): readonly MonitorEvent[];
  /** Writes what was noted; resolves when it is on disk. */
  save(): Promise<void>;
  /** True while something else is about to be told in its place. */
  isHeldBack(eventId: string): boolean;
}): EventTeller {
  const { clock } = options;
  const listeners = new Map<(event: MonitorEvent) => void, Set<string>>();
  let savedSteady = clock.steady();

  function deliver(listener: (event: MonitorEvent) => void, events: readonly MonitorEvent[]): void {
    for (const event of events) {
      const told = listeners.get(listener);
      if (told === undefined || told.has(event.id) || options.isHeldBack(event.id)) continue;
      told.add(event.id);
      listener(event);
    }
  }

  function deliverToAll(events: readonly MonitorEvent[]): void {
    for (const listener of [...listeners.keys()]) deliver(listener, events);
  }

  return {
    async tell(events) {
      if (events.length === 0 && clock.steady() - savedSteady < SAVE_MS) return;
      savedSteady = clock.steady();
      await options.save();
      deliverToAll(events);
    },
    tellPending: () => deliverToAll(options.pending()),
    onEvent(listener) {
      const own = (event: MonitorEvent): void => listener(event);
      listeners.set(own, new Set());
      // Not from within this call: the caller first gets hold of its unsubscribe.
      queueMicrotask(() => deliver(own, options.pending()));
      return () => listeners.delete(own);
    },
  };
}
