import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs';

/** The log is rotated at this size: at most twice as much is kept. */
export const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** What a job's commands print, and what its agent has to say, in the order in which it came. */
export interface OutputLog {
  write(chunk: Buffer): void;
  /** A line of the agent's own. */
  note(text: string, at: Date): void;
  close(): Promise<void>;
}

/** Opens a job's output.log to append to. A log that can't be written never ends a job: it is only lost. */
export function openOutputLog(path: string): OutputLog {
  let size = existsSync(path) ? statSync(path).size : 0;
  let stream = open();

  function open() {
    const opened = createWriteStream(path, { flags: 'a', mode: 0o600 });
    opened.on('error', () => undefined);
    return opened;
  }

  function write(chunk: Buffer): void {
    if (size > MAX_LOG_BYTES) {
      stream.end();
      try {
        renameSync(path, `${path}.1`);
      } catch {
        // It goes on in the same file.
      }
      stream = open();
      size = 0;
    }
    size += chunk.length;
    stream.write(chunk);
  }

  return {
    write,
    note(text, at) {
      write(Buffer.from(`[milepost ${at.toISOString()}] ${text}\n`));
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}
