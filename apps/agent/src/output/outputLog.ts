import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs';

/** The log is rotated at this size: at most twice as much is kept. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;
/**
 * So much a second is kept for long, and so much at once. More is a flood: it is not kept but for its end, so that it
 * neither fills the memory nor slows the program down.
 */
const KEPT_PER_SECOND = 8 * 1024 * 1024;
const KEPT_AT_ONCE = 16 * 1024 * 1024;
const END_BYTES = 4 * 1024;

/** What a job's commands print, and what its agent has to say, in the order in which it came. */
export interface OutputLog {
  /** The chunk's buffer may be used again when this has returned. */
  write(chunk: Buffer): void;
  /** A line of the agent's own. */
  note(text: string, at: Date): void;
  close(): Promise<void>;
}

/** Opens a job's output.log to append to. A log that can't be written never ends a job: it is only lost. */
export function openOutputLog(path: string): OutputLog {
  let size = existsSync(path) ? statSync(path).size : 0;
  let stream = open();
  /** Bytes that may be kept now. */
  let room = KEPT_AT_ONCE;
  let roomMs = performance.now();
  /** Of a flood: what was not kept, and the last that came. */
  let dropped = 0;
  let end: Buffer | null = null;
  /** The last line has no end yet: a drawn bar, or half a line. */
  let isOpen = false;

  function open() {
    const opened = createWriteStream(path, { flags: 'a', mode: 0o600 });
    opened.on('error', () => undefined);
    return opened;
  }

  function rotate(): void {
    stream.end();
    try {
      renameSync(path, `${path}.1`);
    } catch {
      // It goes on in the same file.
    }
    stream = open();
    size = 0;
  }

  function keep(chunk: Buffer): void {
    if (size > MAX_LOG_BYTES) rotate();
    size += chunk.length;
    isOpen = chunk.at(-1) !== LINE_END;
    stream.write(Buffer.from(chunk));
  }

  function ownLine(text: string, at: Date): void {
    keep(Buffer.from(`${isOpen ? '\n' : ''}[milepost ${at.toISOString()}] ${text}\n`));
  }

  /** Whether so many bytes may be kept now. */
  function hasRoom(bytes: number): boolean {
    const nowMs = performance.now();
    room = Math.min(KEPT_AT_ONCE, room + ((nowMs - roomMs) / 1000) * KEPT_PER_SECOND);
    roomMs = nowMs;
    if (room < bytes) return false;
    room -= bytes;
    return true;
  }

  /** Says what of a flood is not there, and keeps its end. */
  function endFlood(at: Date): void {
    if (end === null) return;
    const last = end;
    end = null;
    ownLine(`${dropped - last.length} bytes are not kept here: they came too fast.`, at);
    dropped = 0;
    keep(last);
  }

  return {
    write(chunk) {
      if (chunk.length === 0) return;
      if (!hasRoom(chunk.length)) {
        dropped += chunk.length;
        end = Buffer.from(chunk.subarray(-END_BYTES));
        return;
      }
      endFlood(new Date());
      keep(chunk);
    },
    note(text, at) {
      endFlood(at);
      ownLine(text, at);
    },
    close() {
      endFlood(new Date());
      return new Promise((resolve) => stream.end(() => resolve()));
    },
  };
}

const LINE_END = 0x0a;
