import { isDeepStrictEqual } from 'node:util';
import type { HostTarget, Monitor } from './api.ts';
import { systemClock } from './clock.ts';
import { type EventStore, openEventStore } from './eventStore.ts';
import { createEventTeller } from './eventTeller.ts';
import { type HistoryStore, openHistoryStore } from './historyStore.ts';
import { newLink } from './hostLink.ts';
import { hostViewOf } from './hostView.ts';
import { type HostWatch, watchHost } from './hostWatch.ts';
import { createJobCalls } from './jobCalls.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { checkedHosts, historyPathOf, type MonitorOptions } from './monitorOptions.ts';
import { createRest } from './rest.ts';
import { DEFAULT_INTERVALS } from './schedule.ts';
import type { MonitorView } from './view.ts';
import { createWakeSummary, summaryOf } from './wakeSummary.ts';

/** Timers that are late after a wake are late for that one reason. */
const WOKEN_MS = 10_000;

/** Watches hosts: schedule, read, reduce, tell. The only owner of poll timers and connections. */
export function createMonitor(options: MonitorOptions): Monitor {
  const clock = options.clock ?? systemClock;
  const intervals = { ...DEFAULT_INTERVALS, ...options.intervals };
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let targets = checkedHosts(options.hosts);
  let watches = new Map<string, HostWatch>();
  /** What was seen of a host whose watched paths are others now, until the first poll with those. */
  const seenBefore = new Map<string, ReturnType<HostWatch['view']>>();
  let attention: 'background' | 'watching' = 'background';
  let store: EventStore | null = null;
  let history: HistoryStore | null = null;
  let phase: 'new' | 'started' | 'stopped' = 'new';
  let isSparing = false;
  let wokenSteady = Number.NEGATIVE_INFINITY;
  let opening: Promise<void> = Promise.resolve();
  let stopping: Promise<void> | null = null;
  const leaving = new Set<Promise<void>>();
  const viewListeners = new Set<(view: MonitorView) => void>();
  let view = currentView();

  function currentView(): MonitorView {
    const hosts: MonitorView['hosts'] = [];
    const jobs: MonitorView['jobs'] = [];
    for (const target of targets) {
      const watch = watches.get(target.id);
      if (watch === undefined) hosts.push(hostViewOf(target, newLink(null, null), null, null));
      else {
        const seen = seenBefore.get(target.id) ?? watch.view();
        hosts.push(seen.host);
        jobs.push(...seen.jobs);
      }
    }
    return { hosts, jobs, problem: store?.problem() ?? history?.problem() ?? null };
  }

  function refresh(): void {
    const next = currentView();
    if (isDeepStrictEqual(next, view)) return;
    view = next;
    for (const listener of [...viewListeners]) listener(view);
  }

  const teller = createEventTeller({
    clock,
    pending: () => (store !== null && phase === 'started' ? store.pending() : []),
    async save() {
      await Promise.all([store?.save(), history?.save()]);
      refresh();
    },
    isHeldBack: (eventId) => summary.holds(eventId),
  });

  /** What happened while this machine slept is told at once, as one. */
  const summary = createWakeSummary(clock, (events, wokenAt) => {
    if (events.length < 2 || store === null) {
      void teller.tell(events);
      return;
    }
    const one = summaryOf(events, wokenAt);
    store.add(one);
    for (const { id } of events) store.markShown(id);
    void teller.tell([one]);
  });

  const rest = createRest({
    begin() {
      summary.end();
      for (const watch of watches.values()) watch.sleep();
    },
    end(hasSlept) {
      if (hasSlept) wake();
      else for (const watch of watches.values()) watch.wake();
    },
  });

  function wake(): void {
    wokenSteady = clock.steady();
    const isRefused = (id: string): boolean =>
      view.hosts.some((host) => host.id === id && host.link.kind === 'refused');
    summary.begin([...watches.keys()].filter((id) => !isRefused(id)));
    for (const watch of watches.values()) watch.wake();
  }

  /** A timer of each host shows it: the first one counts for all. */
  function onSlept(): void {
    if (clock.steady() - wokenSteady < WOKEN_MS || rest.isResting) return;
    for (const watch of watches.values()) watch.sleep();
    wake();
  }

  function begin(target: HostTarget, openStore: EventStore, openHistory: HistoryStore): HostWatch {
    return watchHost({
      target,
      connect: options.connect,
      clock,
      random: options.random ?? Math.random,
      limits,
      intervals,
      store: openStore,
      history: openHistory,
      execDeadlineMs: options.execDeadlineMs ?? 30_000,
      confirmMs: options.confirmMs ?? 30_000,
      attention,
      onChange: refresh,
      isSparing,
      onPolled(events, isAnswered) {
        if (seenBefore.delete(target.id)) refresh();
        if (!summary.take(target.id, events, isAnswered)) void teller.tell(events);
        else void teller.tell([]);
      },
      onSlept,
    });
  }

  /** Begins and ends watches until they are those of `targets`. */
  function reconcile(): void {
    if (store === null || history === null || phase !== 'started') return;
    const next = new Map<string, HostWatch>();
    for (const target of targets) {
      const watch = watches.get(target.id);
      if (watch !== undefined && isDeepStrictEqual(watch.target, target)) {
        next.set(target.id, watch);
        continue;
      }
      if (watch?.target.destination === target.destination) {
        seenBefore.set(target.id, seenBefore.get(target.id) ?? watch.view());
      } else seenBefore.delete(target.id);
      const begun = begin(target, store, history);
      next.set(target.id, begun);
      if (rest.isResting) begun.sleep();
      else void begun.pollNow(false);
    }
    for (const [id, watch] of watches) {
      if (next.get(id) === watch) continue;
      const left = watch.stop().finally(() => leaving.delete(left));
      leaving.add(left);
      if (next.has(id)) continue;
      store.forgetHost(id);
      seenBefore.delete(id);
    }
    watches = next;
    refresh();
  }

  function watchOf(jobKey: string): HostWatch | null {
    const job = view.jobs.find(({ key }) => key === jobKey);
    return job === undefined ? null : (watches.get(job.hostId) ?? null);
  }

  const jobCalls = createJobCalls(watchOf);

  return {
    start() {
      if (phase !== 'new') return;
      phase = 'started';
      opening = Promise.all([
        openEventStore(options.eventStorePath),
        openHistoryStore(historyPathOf(options)),
      ]).then(([opened, openedHistory]) => {
        store = opened;
        history = openedHistory;
        if (phase !== 'started') return;
        teller.tellPending();
        reconcile();
      });
    },
    stop() {
      stopping ??= (async () => {
        phase = 'stopped';
        await opening;
        summary.end();
        await Promise.allSettled([...[...watches.values()].map((watch) => watch.stop()), ...leaving]);
        await Promise.all([store?.save(), history?.save()]);
      })();
      return stopping;
    },
    view: () => view,
    onView(listener) {
      const own = (next: MonitorView): void => listener(next);
      viewListeners.add(own);
      return () => viewListeners.delete(own);
    },
    onEvent: teller.onEvent,
    eventShown(eventId) {
      store?.markShown(eventId);
      void store?.save();
    },
    async notedEvent(eventId) {
      await opening;
      return store?.event(eventId) ?? null;
    },
    async pollNow(hostId) {
      await opening;
      const asked = [...watches.values()].filter(
        ({ target }) => hostId === undefined || target.id === hostId,
      );
      await Promise.all(asked.map((watch) => watch.pollNow(hostId !== undefined)));
    },
    setAttention(next) {
      attention = next;
      for (const watch of watches.values()) watch.setAttention(next);
    },
    sleep: () => rest.setAsleep(true),
    wake: () => rest.setAsleep(false),
    setPaused: (isPaused) => rest.setPaused(isPaused),
    setIntervals(next) {
      Object.assign(intervals, next);
      for (const watch of watches.values()) watch.intervalsChanged();
    },
    setHosts(hosts) {
      targets = checkedHosts(hosts);
      reconcile();
      refresh();
    },
    ...jobCalls,
    history(jobKey) {
      const records = history?.records() ?? [];
      return jobKey === undefined ? records : records.filter((record) => record.jobKey === jobKey);
    },
    setPower({ onBattery, isLocked }) {
      isSparing = onBattery || isLocked;
      for (const watch of watches.values()) watch.setSparing(isSparing);
    },
    networkChanged() {
      if (rest.isResting) return;
      for (const watch of watches.values()) watch.networkChanged();
    },
  };
}
