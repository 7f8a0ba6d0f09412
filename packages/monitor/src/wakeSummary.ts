import type { Clock } from './clock.ts';
import type { MonitorEvent } from './view.ts';

/** The most important first. */
const WEIGHT: readonly MonitorEvent['kind'][] = [
  'failed',
  'interrupted',
  'stalled',
  'checkpoint-overdue',
  'unreachable',
  'stopped',
  'completed',
  'recovered',
  'reachable',
  'started',
  'summary',
];

const WORDS: Readonly<Record<MonitorEvent['kind'], string>> = {
  failed: 'failed',
  interrupted: 'interrupted',
  stalled: 'stalled',
  'checkpoint-overdue': 'with a checkpoint overdue',
  unreachable: 'unreachable',
  stopped: 'stopped',
  completed: 'complete',
  recovered: 'recovered',
  reachable: 'reachable again',
  started: 'started',
  summary: 'more',
};

/** One event in place of several that happened while the machine slept until `wokenAt`. Pure. */
export function summaryOf(events: readonly MonitorEvent[], wokenAt: number): MonitorEvent {
  const sorted = [...events].sort((a, b) => WEIGHT.indexOf(a.kind) - WEIGHT.indexOf(b.kind));
  const first = sorted[0];
  const isOneHost = first !== undefined && sorted.every(({ hostId }) => hostId === first.hostId);
  const counts = WEIGHT.flatMap((kind) => {
    const count = events.filter((event) => event.kind === kind).length;
    return count === 0 ? [] : [`${count} ${WORDS[kind]}`];
  });
  return {
    id: `wake-${wokenAt}/summary`,
    kind: 'summary',
    hostId: isOneHost ? first.hostId : '',
    hostName: isOneHost ? first.hostName : '',
    jobKey: null,
    jobName: null,
    runId: null,
    at: wokenAt,
    progress: null,
    reason: counts.join(', '),
    summary: sorted.map(({ kind, hostName, jobKey, jobName, reason }) => ({
      kind,
      hostName,
      jobKey,
      jobName,
      reason,
    })),
  };
}

/** Holds events back after a wake, until every host has answered or a while has passed. */
export interface WakeSummary {
  /** Begins to hold back; `hostIds` are waited for. */
  begin(hostIds: readonly string[]): void;
  /** What a host's poll brought. True: it is held back, and told later by `onDone`. */
  take(hostId: string, events: readonly MonitorEvent[], isAnswered: boolean): boolean;
  holds(eventId: string): boolean;
  /** Hands over what is held, now. */
  end(): void;
}

/** How long news may wait for hosts that don't answer after a wake: the network itself needs some seconds. */
const WAIT_MS = 20_000;

export function createWakeSummary(
  clock: Clock,
  onDone: (events: readonly MonitorEvent[], wokenAt: number) => void,
): WakeSummary {
  let held: { wokenAt: number; waiting: Set<string>; events: MonitorEvent[]; cancel: () => void } | null =
    null;

  function end(): void {
    if (held === null) return;
    const { events, wokenAt, cancel } = held;
    cancel();
    held = null;
    onDone(events, wokenAt);
  }

  return {
    begin(hostIds) {
      const earlier = held;
      earlier?.cancel();
      held = {
        wokenAt: clock.now(),
        waiting: new Set(hostIds),
        events: earlier?.events ?? [],
        cancel: clock.setTimer(WAIT_MS, end),
      };
      if (hostIds.length === 0) end();
    },
    take(hostId, events, isAnswered) {
      if (held === null) return false;
      held.events.push(...events);
      if (isAnswered) held.waiting.delete(hostId);
      if (held.waiting.size === 0) end();
      return true;
    },
    holds: (eventId) => held?.events.some(({ id }) => id === eventId) ?? false,
    end,
  };
}
