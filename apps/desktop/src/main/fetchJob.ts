import { basename } from 'node:path';
import type { FetchRequest, Monitor } from '@milepost/monitor/api';
import { cleanText } from '@milepost/shared/text';
import type { FetchState } from '../bridge/jobs.ts';

/** The popover hears of progress at most this often. */
const TELL_EVERY_MS = 250;

export interface FetchJob {
  /** How far a job's fetch is, or what became of its last one. */
  state(jobKey: string): FetchState | null;
  /** Asks for a folder, fetches into it and shows the file. A second call for a job does nothing while one is under way. */
  fetch(jobKey: string, what: Exclude<FetchRequest['what'], 'checkpoints'>): Promise<void>;
  /** Ends a fetch; nothing half-done stays. */
  cancel(jobKey: string): void;
}

/** Fetches results of jobs into folders that the person chooses. */
export function createFetchJob(deps: {
  monitor: Pick<Monitor, 'fetch'>;
  /** Null: the person thought better of it. */
  chooseFolder(): Promise<string | null>;
  showInFolder(path: string): void;
  changed(): void;
  now(): number;
}): FetchJob {
  const states = new Map<string, FetchState>();
  const underWay = new Map<string, AbortController>();

  function set(jobKey: string, state: FetchState | null): void {
    if (state === null) states.delete(jobKey);
    else states.set(jobKey, state);
    deps.changed();
  }

  async function fetchInto(jobKey: string, what: FetchRequest['what'], signal: AbortSignal): Promise<void> {
    const to = await deps.chooseFolder();
    if (to === null || signal.aborted) return;
    set(jobKey, { kind: 'fetching', phase: 'fetching', bytesDone: 0, bytes: 0 });
    let toldAt = deps.now();
    const result = await deps.monitor.fetch(
      jobKey,
      { what, to },
      {
        signal,
        onProgress({ phase, bytesDone, bytes }) {
          states.set(jobKey, { kind: 'fetching', phase, bytesDone, bytes });
          if (Math.abs(deps.now() - toldAt) < TELL_EVERY_MS) return;
          toldAt = deps.now();
          deps.changed();
        },
      },
    );
    if (result.kind === 'aborted') return set(jobKey, null);
    if (result.kind === 'failed') return set(jobKey, { kind: 'failed', problem: result.problem });
    const [file] = result.files;
    if (file === undefined) return set(jobKey, null);
    set(jobKey, { kind: 'fetched', name: cleanText(basename(file.path), 200), bytes: file.bytes });
    deps.showInFolder(file.path);
  }

  return {
    state: (jobKey) => states.get(jobKey) ?? null,
    async fetch(jobKey, what) {
      if (underWay.has(jobKey)) return;
      const controller = new AbortController();
      underWay.set(jobKey, controller);
      try {
        await fetchInto(jobKey, what, controller.signal);
      } finally {
        underWay.delete(jobKey);
      }
    },
    cancel: (jobKey) => underWay.get(jobKey)?.abort(),
  };
}
