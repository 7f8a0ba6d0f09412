import { z } from 'zod';
import { writeFileAtomic } from './atomicFile.ts';
import { type KnownJob, knownJobSchema } from './events.ts';
import { loadStoreFile, reasonOf } from './storeFile.ts';
import { type MonitorEvent, monitorEventSchema, type Problem } from './view.ts';

/** What is remembered of a host across restarts. */
export const knownHostSchema = z.object({
  lastPollAt: z.number().nullable(),
  /** The same instant by the host's own clock. */
  lastPollHostAt: z.number().nullable(),
  /** The outage that was told and has not ended. */
  toldOutageAt: z.number().nullable(),
});
export type KnownHost = z.infer<typeof knownHostSchema>;

const fileSchema = z.object({
  version: z.literal(1),
  hosts: z.record(z.string(), knownHostSchema),
  jobs: z.record(z.string(), knownJobSchema),
  events: z.array(z.object({ event: monitorEventSchema, isShown: z.boolean() })),
});
type Stored = z.infer<typeof fileSchema>;

const MAX_EVENTS = 1000;
const MAX_JOBS = 20_000;

/** The watcher's memory on this machine: one file, replaced whole. */
export interface EventStore {
  /** Something about the file itself that a person should know; null: fine. */
  problem(): Problem | null;
  host(hostId: string): KnownHost | null;
  job(key: string): KnownJob | null;
  setHost(hostId: string, known: KnownHost): void;
  setJob(key: string, known: KnownJob): void;
  /** Forgets a host that is no longer watched, with its jobs; its events stay. */
  forgetHost(hostId: string): void;
  /** Notes an event as pending; false: that event is already there. */
  add(event: MonitorEvent): boolean;
  markShown(eventId: string): void;
  /** An event that was noted, shown or not; null: it is not there. */
  event(eventId: string): MonitorEvent | null;
  /** Events noted and not yet shown, oldest first. */
  pending(): MonitorEvent[];
  /** Writes what has changed; resolves when it is on disk, or could not be written (then {@link EventStore.problem}). */
  save(): Promise<void>;
}

/**
 * Opens the store. A damaged file is set aside and told of; one of a newer version is left alone and nothing is
 * written. `path` null: nothing outlives the process.
 */
export async function openEventStore(path: string | null): Promise<EventStore> {
  let stored: Stored = { version: 1, hosts: {}, jobs: {}, events: [] };
  let problem: Problem | null = null;
  let isWritable = path !== null;
  if (path !== null) {
    const loaded = await loadStoreFile(path, fileSchema, {
      holds: 'What was told so far',
      loss: 'events of before may be told again',
    });
    if (loaded.kind === 'ok') stored = loaded.value;
    else if (loaded.kind !== 'absent') {
      problem = loaded.problem;
      isWritable = loaded.kind === 'set-aside';
    }
  }
  let isDirty = false;
  let isPressing = false;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (!isDirty || !isWritable || path === null) return;
    isDirty = false;
    try {
      await writeFileAtomic(path, `${JSON.stringify(stored)}\n`);
    } catch (error) {
      isDirty = true;
      problem = {
        kind: 'store-write',
        what: `What was told could not be noted in ${path}: ${reasonOf(error)}`,
        next: 'Make room or allow writing there; until then an event may be told again after a restart.',
      };
    }
  }

  /** Saves soon: a watcher that is killed must not lose what is noted now, and no event may bring a save. */
  function press(): void {
    if (isPressing) return;
    isPressing = true;
    queueMicrotask(() => {
      isPressing = false;
      void save();
    });
  }

  function save(): Promise<void> {
    // One after the other, and only once for all that waits.
    writing = writing.then(write);
    return writing;
  }

  return {
    problem: () => problem,
    host: (hostId) => stored.hosts[hostId] ?? null,
    job: (key) => stored.jobs[key] ?? null,
    setHost(hostId, known) {
      // The first contact is what later events are measured from.
      if (known.lastPollHostAt !== null && (stored.hosts[hostId]?.lastPollHostAt ?? null) === null) press();
      stored.hosts[hostId] = known;
      isDirty = true;
    },
    setJob(key, known) {
      delete stored.jobs[key];
      stored.jobs[key] = known;
      press();
      const keys = Object.keys(stored.jobs);
      for (const oldest of keys.slice(0, Math.max(0, keys.length - MAX_JOBS))) delete stored.jobs[oldest];
      isDirty = true;
    },
    forgetHost(hostId) {
      delete stored.hosts[hostId];
      for (const key of Object.keys(stored.jobs)) {
        if (key.startsWith(`${hostId}/`) || key.startsWith(`${hostId}:`)) delete stored.jobs[key];
      }
      isDirty = true;
    },
    add(event) {
      if (stored.events.some((entry) => entry.event.id === event.id)) return false;
      stored.events.push({ event, isShown: false });
      // The oldest go, those already shown first.
      while (stored.events.length > MAX_EVENTS) {
        const shown = stored.events.findIndex((entry) => entry.isShown);
        stored.events.splice(Math.max(0, shown), 1);
      }
      isDirty = true;
      return true;
    },
    markShown(eventId) {
      const entry = stored.events.find(({ event }) => event.id === eventId);
      if (entry === undefined || entry.isShown) return;
      entry.isShown = true;
      isDirty = true;
    },
    event: (eventId) => stored.events.find(({ event }) => event.id === eventId)?.event ?? null,
    pending: () => stored.events.filter((entry) => !entry.isShown).map((entry) => entry.event),
    save,
  };
}
