import { isDeepStrictEqual } from 'node:util';
import type { HostTarget } from './api.ts';
import type { Moment } from './clock.ts';
import type { EventStore } from './eventStore.ts';
import { changeOf } from './events.ts';
import { endsAtByHistory, historyRecordOf } from './history.ts';
import type { HistoryStore } from './historyStore.ts';
import type { HostLook } from './hostLook.ts';
import { jobEventOf } from './hostView.ts';
import type { WatchLimits } from './limits.ts';
import type { JobSource } from './reading.ts';
import { isActive, type JobMemory, reduceJob } from './state.ts';
import type { MonitorEvent } from './view.ts';

export interface HeldJob {
  source: JobSource;
  memory: JobMemory;
  /** When it will have ended by its earlier runs; null: they say nothing. */
  endsAtByHistory: number | null;
}

/** What is held of a host's jobs from one poll to the next. */
export interface HeldJobs {
  /** The host's wall clock at its last answer; null: there was none, or it is not known. */
  readonly lastPollHostAt: number | null;
  readonly isAnyActive: boolean;
  all(): readonly HeldJob[];
  memoryOf(jobKey: string): JobMemory | null;
  /** Takes what a poll read, notes it in the stores, and answers what has happened since the last one. */
  take(reading: HostLook['reading'], moment: Moment): MonitorEvent[];
}

export function createHeldJobs(
  target: HostTarget,
  store: EventStore,
  history: HistoryStore,
  limits: WatchLimits,
): HeldJobs {
  let jobs = new Map<string, HeldJob>();
  let lastPollHostAt = store.host(target.id)?.lastPollHostAt ?? null;

  return {
    get lastPollHostAt() {
      return lastPollHostAt;
    },
    get isAnyActive() {
      return [...jobs.values()].some(({ memory }) => isActive(memory.state));
    },
    all: () => [...jobs.values()],
    memoryOf: (jobKey) => jobs.get(jobKey)?.memory ?? null,
    take(reading, moment) {
      const events: MonitorEvent[] = [];
      const next = new Map<string, HeldJob>();
      for (const one of reading.jobs) {
        const { source } = one;
        const previous = jobs.get(source.key)?.memory ?? null;
        const memory = reduceJob(previous, one, reading.hostAt, moment, limits);
        const known = store.job(source.key);
        const change = changeOf(known, memory, lastPollHostAt, limits);
        if (change.known !== null && !isDeepStrictEqual(change.known, known)) {
          store.setJob(source.key, change.known);
        }
        const isNewEnd = previous?.state !== memory.state || previous.runId !== memory.runId;
        const episode = change.known?.episode ?? 1;
        const record = isNewEnd ? historyRecordOf(target, source, memory, episode) : null;
        if (record !== null) history.note(record);
        const endsAt = endsAtByHistory(history.records(), target.id, source, memory, moment);
        next.set(source.key, { source, memory, endsAtByHistory: endsAt });
        for (const happened of change.events) {
          const event = jobEventOf(target, source, memory, happened, moment.now);
          if (store.add(event)) events.push(event);
        }
      }
      jobs = next;
      lastPollHostAt = reading.hostAt;
      return events;
    },
  };
}
