import type { HostTarget, PlanResult } from './api.ts';
import { type Clock, momentOf } from './clock.ts';
import type { EventStore } from './eventStore.ts';
import { createHeldJobs } from './heldJobs.ts';
import type { HistoryStore } from './historyStore.ts';
import type { Connect } from './hostConnection.ts';
import type { HostFacts } from './hostFacts.ts';
import { type LinkChange, linkAfterPause, linkAnswered, linkFailed, newLink } from './hostLink.ts';
import { createHostLook, type HostLook, linkErrorIn } from './hostLook.ts';
import { hostEventOf, hostViewOf, jobViewOf } from './hostView.ts';
import { createJobActions, type JobActions } from './jobActions.ts';
import { createJobPlans } from './jobPlans.ts';
import { createJobQueries, type JobQueries } from './jobQueries.ts';
import { createKeptConnection } from './keptConnection.ts';
import type { WatchLimits } from './limits.ts';
import { watchesOf } from './pathWatches.ts';
import { createPollLoop } from './pollLoop.ts';
import { createJobsReader } from './readJobs.ts';
import { nextPollDelay, type PollIntervals } from './schedule.ts';
import type { HostView, JobView, MonitorEvent, Problem } from './view.ts';

export interface HostWatchOptions {
  target: HostTarget;
  connect: Connect;
  clock: Clock;
  random: () => number;
  limits: WatchLimits;
  intervals: PollIntervals;
  store: EventStore;
  history: HistoryStore;
  execDeadlineMs: number;
  confirmMs: number;
  attention: 'background' | 'watching';
  isSparing: boolean;
  onChange(): void;
  /** After each poll: new events, already noted in the store and not yet saved, and whether the host answered. */
  onPolled(events: readonly MonitorEvent[], isAnswered: boolean): void;
  /** A timer shows that the machine slept and nobody said so. */
  onSlept(): void;
}

/** One host that is watched: its poll timer, its connection, its jobs. */
export interface HostWatch {
  readonly target: HostTarget;
  readonly actions: JobActions;
  readonly queries: JobQueries;
  plan(jobKey: string): Promise<PlanResult>;
  view(): { host: HostView; jobs: JobView[] };
  /** Polls now, after one that is under way; a refused host only when a person asks. Never two at once. */
  pollNow(isPersons: boolean): Promise<void>;
  setAttention(attention: 'background' | 'watching'): void;
  /** On battery or behind a locked screen. */
  setSparing(isSparing: boolean): void;
  /** The intervals that it was made with have other values now. */
  intervalsChanged(): void;
  /** The network is another one: polls at once, and takes a kept connection that doesn't answer for a dead one. */
  networkChanged(): void;
  sleep(): void;
  wake(): void;
  /** Ends everything; resolves when nothing is left. */
  stop(): Promise<void>;
}

export function watchHost(options: HostWatchOptions): HostWatch {
  const { target, clock, store, limits, intervals } = options;
  const kept = createKeptConnection({
    destination: target.destination,
    connect: options.connect,
    clock,
    execDeadlineMs: options.execDeadlineMs,
    isAgentWanted: !target.onlyPaths,
  });
  const reader = createJobsReader(target.id, watchesOf(target), clock, {
    onlyPaths: target.onlyPaths ?? false,
  });
  const knownHost = store.host(target.id);
  let link = newLink(knownHost?.lastPollAt ?? null, knownHost?.toldOutageAt ?? null);
  let facts: HostFacts | null = null;
  let problem: Problem | null = null;
  const jobs = createHeldJobs(target, store, options.history, limits);

  let { attention, isSparing } = options;
  const loop = createPollLoop({ clock, poll, nextDelayMs, onSlept: options.onSlept });
  const { look, wish } = createHostLook(kept, reader, clock, () => loop.isPaused);

  const ofJobs = {
    kept,
    clock,
    argumentOf: (key: string) => reader.resumeArgument(key),
    memoryOf: (key: string) => jobs.memoryOf(key),
    deadlineMs: options.execDeadlineMs,
    onChange: options.onChange,
  };
  const wakers = new Set<() => void>();
  const plans = createJobPlans(ofJobs);
  const actions = createJobActions({
    ...ofJobs,
    commandOf: (key) => reader.resumeCommand(key),
    confirmMs: options.confirmMs,
    commandConfirmMs: Math.max(options.confirmMs, limits.foreignFirstMs),
    onResume: (key) => plans.drop(key),
    onSent: () => void pollNow(false),
  });
  const queries = createJobQueries({
    ...ofJobs,
    folderOf: (key) => reader.jobFolder(key),
    retryMs: intervals.backoffMs / 10,
    whenAwake: () => (loop.isPaused ? new Promise((resolve) => wakers.add(resolve)) : Promise.resolve()),
  });

  async function poll(): Promise<void> {
    // It may have been asked for before the host refused: what is refused is not tried again by itself.
    if (link.link.kind === 'refused' && !wish.isPersons) return;
    let events: MonitorEvent[];
    let isAnswered = false;
    try {
      const seen = await look();
      if (loop.isPaused) return;
      events = take(seen);
      isAnswered = true;
    } catch (error) {
      await kept.discard();
      if (loop.isPaused) return;
      const { problem: cause, refused, question } = linkErrorIn(error);
      events = takeLink(linkFailed(link, cause, refused, momentOf(clock), limits, question));
    }
    noteHost();
    loop.schedule();
    options.onChange();
    options.onPolled(events, isAnswered);
  }

  function take(seen: HostLook): MonitorEvent[] {
    const moment = momentOf(clock);
    const events = takeLink(linkAnswered(link, moment, limits));
    facts = seen.facts;
    problem = seen.facts.problem ?? seen.reading.problem;
    events.push(...jobs.take(seen.reading, moment));
    const keys = jobs.all().map(({ source }) => source.key);
    actions.afterPoll(keys);
    plans.afterPoll(keys, seen.facts, actions.isResuming);
    return events;
  }

  function takeLink(change: LinkChange): MonitorEvent[] {
    link = change.memory;
    return change.events
      .map((event) => hostEventOf(target, event, clock.now()))
      .filter((event) => store.add(event));
  }

  function noteHost(): void {
    store.setHost(target.id, {
      lastPollAt: link.lastContactAt,
      lastPollHostAt: jobs.lastPollHostAt,
      toldOutageAt: link.toldOutageAt,
    });
  }

  function nextDelayMs(tookMs: number): number | null {
    const delayMs = nextPollDelay(
      {
        attention,
        isRunning: jobs.isAnyActive,
        isExpecting: actions.isExpecting,
        isSparing,
        failures: link.failures,
        isRefused: link.link.kind === 'refused',
        tookMs,
        random: options.random(),
      },
      intervals,
    );
    if (link.link.kind === 'unreachable') {
      const nextTryAt = delayMs === null ? null : Math.round(clock.now() + delayMs);
      link = { ...link, link: { ...link.link, nextTryAt } };
    }
    return delayMs;
  }

  async function pollNow(isPersons: boolean): Promise<void> {
    if (link.link.kind === 'refused' && !isPersons) return;
    if (isPersons) wish.isPersons = true;
    await loop.pollNow();
  }

  return {
    target,
    actions,
    plan: plans.fetch,
    queries,
    view: () => ({
      host: hostViewOf(target, link, facts, problem),
      jobs: jobs.all().map(({ source, memory, endsAtByHistory }) =>
        jobViewOf(target, source, memory, link, {
          endsAtByHistory,
          plan: plans.planOf(source.key),
          action: actions.actionOf(source.key),
          resumeBy: actions.resumeBy(source.key, facts),
        }),
      ),
    }),
    pollNow,
    setAttention(next) {
      if (attention === next) return;
      attention = next;
      // A failing host keeps its backoff: looking at it doesn't make it answer.
      if (link.failures === 0) loop.schedule();
    },
    setSparing(next) {
      if (isSparing === next) return;
      isSparing = next;
      if (link.failures === 0) loop.schedule();
    },
    intervalsChanged() {
      if (link.failures === 0) loop.schedule();
    },
    networkChanged() {
      wish.isNetworkNew = true;
      void pollNow(false);
    },
    sleep() {
      loop.pause();
      void kept.discard();
    },
    wake() {
      if (!loop.isPaused) return;
      loop.unpause();
      for (const wake of wakers) wake();
      wakers.clear();
      link = linkAfterPause(link);
      options.onChange();
      void pollNow(false);
    },
    async stop() {
      loop.pause();
      const asked = queries.stop();
      await kept.discard();
      await Promise.all([loop.settled(), actions.settled(), plans.settled(), asked]);
      await kept.discard();
    },
  };
}
