import { formatProgress } from '@milepost/shared/progress/format';
import type { ProgressReport } from '@milepost/shared/progress/progress';
import { replaceFile } from './durable.ts';

/** At most one write in this time. */
const SHORTEST_MS = 1000;
/** At least one write in this time while the job runs. */
const LONGEST_MS = 30_000;

export interface ProgressFileOptions {
  path: string;
  /** What to write, asked at the moment of writing. */
  report: () => ProgressReport;
  /** Milliseconds on a clock that never goes back. */
  monotonicMs: () => number;
  /** False: another run's file stands at the path by now, and nothing is written. */
  isOurs: () => boolean;
  /** Told when a write fails; the next change tries again. */
  onError: (error: unknown) => void;
}

/** The one writer of a job's PROGRESS.txt. */
export interface ProgressFile {
  /** Something changed: written within a second, at most once a second. */
  changed(): void;
  /** Writes the present state now and resolves when it is on the disk; a failure is thrown. */
  flush(): Promise<void>;
  /** Ends the timer. What was changed and not written yet is for {@link ProgressFile.flush} before. */
  close(): Promise<void>;
}

/** Starts to keep the file fresh: at least every 30 s until it is closed. Nothing is written before the first change. */
export function keepProgressFile({
  path,
  report,
  monotonicMs,
  isOurs,
  onError,
}: ProgressFileOptions): ProgressFile {
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let lastWriteMs = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  function write(): Promise<void> {
    const result = writing.then(async () => {
      lastWriteMs = monotonicMs();
      if (!isOurs()) return;
      await replaceFile(path, formatProgress(report()));
    });
    writing = result.catch(() => undefined);
    return result;
  }

  function writeAt(atMs: number): void {
    if (closed || atMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(fire, Math.max(0, atMs - monotonicMs()));
    // What keeps the process alive is the work, never the file about it.
    timer.unref();
  }

  function fire(): void {
    dueMs = Number.POSITIVE_INFINITY;
    write()
      .catch(onError)
      .finally(() => writeAt(monotonicMs() + LONGEST_MS));
  }

  return {
    changed() {
      writeAt(Math.max(monotonicMs(), lastWriteMs + SHORTEST_MS));
    },
    async flush() {
      try {
        await write();
      } finally {
        writeAt(monotonicMs() + LONGEST_MS);
      }
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await writing;
    },
  };
}
