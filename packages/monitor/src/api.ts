import type { PlanAnswer } from '@milepost/shared/answers';
import type { HistoryRecord } from './history.ts';
import type { PollIntervals } from './schedule.ts';
import type { MonitorEvent, MonitorView, Problem } from './view.ts';

// The monitor as its users see it (the menu-bar app, `milepost watch`). Types only.

/** A host to watch, as the person gave it. */
export interface HostTarget {
  /** Stable on this machine; letters, digits, `-`, `_`, `.`. */
  id: string;
  /** A `Host` of the ssh config, or `user@host`. */
  destination: string;
  /** PROGRESS.txt files or job folders to watch by path, besides the registry's jobs. */
  paths: readonly string[];
  /** As `paths`, with what resumes the job where no agent does. */
  watches?: readonly PathWatch[];
  /**
   * The registry's jobs are not asked for; nor is the agent, where /proc tells what lives: for a watcher that only looks.
   */
  onlyPaths?: boolean;
}

export interface PathWatch {
  path: string;
  /**
   * A shell line that the person gave on this machine, run on the host in the folder of the file, detached, where the
   * job has no agent; null: none.
   */
  resumeCommand: string | null;
}

/** Answers of an action. `unknown`: it may have been done, the answer was lost; the next poll tells. Never sent again. */
export type ActResult =
  | { kind: 'done' }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'unknown'; problem: Problem };

export type PlanResult = { kind: 'plan'; answer: PlanAnswer } | { kind: 'failed'; problem: Problem };

export type LogsResult =
  /** The last lines, oldest first, each cleaned and capped. `cut`: the host sent more than was asked for. */
  { kind: 'lines'; lines: string[]; cut: boolean } | { kind: 'failed'; problem: Problem };

/** A partial merge made a file in the job's folder, of the first `items` of `total`. */
export type PartialMergeResult =
  | { kind: 'merged'; file: string; items: number; total: number }
  | { kind: 'failed'; problem: Problem };

/** A committed checkpoint, by the job's ledger; or one of a program's own, which holds no range of items. */
export interface CheckpointInfo {
  /** A plain file name; a program's own: as its agent found it, for show. */
  file: string;
  first: number | null;
  count: number | null;
  bytes: number;
  /** When it was saved, ms since the epoch by the host's clock; null: not understood. */
  savedHostAt: number | null;
}

export type CheckpointsResult =
  /** In item order. */
  { kind: 'checkpoints'; checkpoints: CheckpointInfo[] } | { kind: 'failed'; problem: Problem };

export interface FetchRequest {
  /** The merged result, a partial result that is made first, or every checkpoint that the ledger names. */
  what: 'result' | 'partial' | 'checkpoints';
  /** A folder of this machine that is there; nothing is written outside it. */
  to: string;
}

export interface FetchProgress {
  /** `merging`: the host makes a partial result. `waiting`: the connection broke; it goes on when the host answers. */
  phase: 'merging' | 'fetching' | 'waiting';
  /** The name of the file that is fetched now, cleaned; null before the first. */
  file: string | null;
  filesDone: number;
  files: number;
  bytesDone: number;
  bytes: number;
}

export interface FetchOptions {
  /** Called at most about ten times a second, and at the end. */
  onProgress?: (progress: FetchProgress) => void;
  /** Ends the fetch; nothing half-done stays. */
  signal?: AbortSignal;
}

export interface FetchedFile {
  /** Its name on the host. */
  name: string;
  /** Where it lies now. Another file of that name that was there before is left alone: this one has ` (2)`. */
  path: string;
  bytes: number;
  /** What it was held against: the hash in the host's records, or only its size (a partial result has no record). */
  checked: 'hash' | 'size';
  /** True where the same file was there already. */
  wasThere: boolean;
}

/** `files` are those that are in place, also when not all of them could be had. */
export type FetchResult =
  | { kind: 'fetched'; files: FetchedFile[] }
  | { kind: 'failed'; problem: Problem; files: FetchedFile[] }
  | { kind: 'aborted'; files: FetchedFile[] };

/** What the machine is doing, as far as it makes polls dearer. */
export interface PowerState {
  onBattery: boolean;
  /** The screen is locked: nobody looks. */
  isLocked: boolean;
}

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

export interface Monitor {
  /** Begins to poll. Nothing is opened before. */
  start(): void;
  /** Ends timers, connections and their children; resolves when all are gone. */
  stop(): Promise<void>;
  view(): MonitorView;
  /** Called after every change of the view, and never while `view()` is unchanged. */
  onView(listener: (view: MonitorView) => void): Unsubscribe;
  /**
   * Called for each event that was not yet shown, also those left pending by an earlier process. The caller shows it
   * under `event.id` and then calls {@link Monitor.eventShown}.
   */
  onEvent(listener: (event: MonitorEvent) => void): Unsubscribe;
  eventShown(eventId: string): void;
  /** An event that was noted, also by an earlier process and long since shown; null: it is not known. After `start`. */
  notedEvent(eventId: string): Promise<MonitorEvent | null>;
  /**
   * Polls now; resolves when that poll has ended, well or badly. With `hostId` it stands for a person's wish: a host
   * whose key or authentication was refused is tried again. Without: all hosts but the refused ones.
   */
  pollNow(hostId?: string): Promise<void>;
  /** `watching` while somebody looks (polls every 5 s). */
  setAttention(attention: 'background' | 'watching'): void;
  /** The machine is going to sleep: timers and connections end; `wake` starts again at once. */
  sleep(): void;
  wake(): void;
  /** No polls and no kept connections while `isPaused`, also over a sleep; then all hosts are polled at once. */
  setPaused(isPaused: boolean): void;
  /** Other intervals from the next poll on; what is left out stays. */
  setIntervals(intervals: Partial<PollIntervals>): void;
  /** Replaces the watched hosts; connections to hosts that stay are kept. */
  setHosts(hosts: readonly HostTarget[]): void;
  plan(jobKey: string): Promise<PlanResult>;
  /** Two calls while one is under way are one resume. */
  resume(jobKey: string): Promise<ActResult>;
  /**
   * Asks the job's run to end: its running batches are finished and saved first, or with `now` ended as well. Two calls
   * while one is under way are one; a later one with `now` is sent all the same.
   */
  stopJob(jobKey: string, options?: { now?: boolean }): Promise<ActResult>;
  /** The end of what the job's commands printed; at most 1000 lines. */
  logs(jobKey: string, options: { lines: number }): Promise<LogsResult>;
  /** Makes a partial result in the job's folder of what is saved; the job may run. */
  partialMerge(jobKey: string): Promise<PartialMergeResult>;
  checkpoints(jobKey: string): Promise<CheckpointsResult>;
  /** Copies files of a job to this machine, checked; goes on after a break of the connection. */
  fetch(jobKey: string, request: FetchRequest, options?: FetchOptions): Promise<FetchResult>;
  /** Runs that ended, newest first; of one job, or of all. */
  history(jobKey?: string): readonly HistoryRecord[];
  /** Polls come half as often on battery or while the screen is locked, unless somebody looks. */
  setPower(power: PowerState): void;
  /** The network came back or is another one: hosts that failed are tried at once, a kept connection is tested. */
  networkChanged(): void;
}
