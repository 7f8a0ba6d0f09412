import type { LedgerEntry } from '@milepost/shared/ledger';
import type { FoundCheckpoint } from '@milepost/shared/processRecord';
import { actProblem, askLogs, askPartialMerge, noJob } from './act.ts';
import type {
  CheckpointInfo,
  CheckpointsResult,
  FetchOptions,
  FetchRequest,
  FetchResult,
  LogsResult,
  PartialMergeResult,
} from './api.ts';
import type { Clock } from './clock.ts';
import { fetchFiles } from './fetchFiles.ts';
import { LinkError } from './hostConnection.ts';
import { hostTimeOf } from './hostTime.ts';
import type { KeptConnection, OpenConnection } from './keptConnection.ts';
import { readLedger } from './readLedger.ts';
import { readFoundCheckpoints } from './readProcess.ts';
import type { Problem } from './view.ts';

export interface JobQueriesOptions {
  kept: KeptConnection;
  clock: Clock;
  /** The folder on the host of a job that an agent made; null: there is no such job. */
  folderOf(key: string): string | null;
  /** Resolves at once, or when the machine is awake again. */
  whenAwake(): Promise<void>;
  retryMs: number;
  /** The job's word in a command of the agent; null: no agent made it. */
  argumentOf(key: string): string | null;
  deadlineMs: number;
}

/** What is asked of the jobs of one host and changes none of them. */
export interface JobQueries {
  logs(key: string, lines: number): Promise<LogsResult>;
  partialMerge(key: string): Promise<PartialMergeResult>;
  checkpoints(key: string): Promise<CheckpointsResult>;
  fetch(key: string, request: FetchRequest, fetchOptions: FetchOptions): Promise<FetchResult>;
  /** Calls fetches off; resolves when nothing is under way. */
  stop(): Promise<void>;
}

const MAX_LINES = 1000;
/** A partial result of many gigabytes takes its time. */
const MERGE_DEADLINE_MS = 15 * 60_000;

export function createJobQueries(options: JobQueriesOptions): JobQueries {
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  function note<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    void work.catch(() => undefined).finally(() => underWay.delete(work));
    return work;
  }

  /** Asks the agent about a job, over the host's one connection. */
  async function ask<T>(
    key: string,
    question: (opened: OpenConnection, argument: string) => Promise<T>,
  ): Promise<T | { kind: 'failed'; problem: Problem }> {
    const argument = options.argumentOf(key);
    if (argument === null) {
      return { kind: 'failed', problem: noJob(key, 'Look at it where it was started.') };
    }
    try {
      const opened = await options.kept.open();
      const problem = actProblem(opened.facts);
      if (problem !== null) return { kind: 'failed', problem };
      return await question(opened, argument);
    } catch (error) {
      if (error instanceof LinkError) return { kind: 'failed', problem: error.problem };
      throw error;
    }
  }

  /** Reads of a job's folder, which needs no agent on the host. */
  async function onHost<T>(
    key: string,
    read: (opened: OpenConnection, dir: string) => Promise<T>,
  ): Promise<T | { kind: 'failed'; problem: Problem }> {
    const dir = options.folderOf(key);
    if (dir === null) return { kind: 'failed', problem: noFiles(key) };
    try {
      return await read(await options.kept.open(), dir);
    } catch (error) {
      if (error instanceof LinkError) return { kind: 'failed', problem: error.problem };
      throw error;
    }
  }

  return {
    logs(key, lines) {
      const wanted = Math.max(0, Math.min(MAX_LINES, Math.floor(lines) || 0));
      return note(
        ask(key, ({ connection }, argument) => askLogs(connection, argument, wanted, options.deadlineMs)),
      );
    },
    partialMerge: (key) =>
      note(ask(key, ({ connection }, argument) => askPartialMerge(connection, argument, MERGE_DEADLINE_MS))),
    checkpoints(key) {
      return note(
        onHost(key, async ({ connection }, dir) => {
          const ledger = await readLedger(connection, dir, () => options.clock.steady());
          if (ledger.kind === 'failed') return ledger;
          if (ledger.entries.length > 0) {
            return { kind: 'checkpoints', checkpoints: ledger.entries.map(infoOf) };
          }
          const found = await readFoundCheckpoints(connection, dir);
          return { kind: 'checkpoints', checkpoints: found.map(infoOfFound) };
        }),
      );
    },
    fetch(key, request, { onProgress, signal }) {
      const dir = options.folderOf(key);
      const argument = options.argumentOf(key);
      if (dir === null || argument === null) {
        return Promise.resolve({ kind: 'failed', problem: noFiles(key), files: [] });
      }
      const signals = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
      return note(
        fetchFiles(
          {
            clock: options.clock,
            retryMs: options.retryMs,
            async connect() {
              await options.whenAwake();
              return (await options.kept.open()).connection;
            },
            merge: () =>
              ask(key, ({ connection }) => askPartialMerge(connection, argument, MERGE_DEADLINE_MS)),
          },
          dir,
          request,
          { ...(onProgress === undefined ? {} : { onProgress }), signal: signals },
        ),
      );
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([...underWay]);
    },
  };
}

function infoOf({ file, first, count, bytes, at }: LedgerEntry): CheckpointInfo {
  return { file, first, count, bytes, savedHostAt: hostTimeOf(at) };
}

function infoOfFound({ path, bytes, modifiedAt }: FoundCheckpoint): CheckpointInfo {
  return { file: path, first: null, count: null, bytes, savedHostAt: hostTimeOf(modifiedAt) };
}

function noFiles(key: string): Problem {
  return noJob(key, 'Only jobs of an agent have records of their files: copy these by hand.');
}
