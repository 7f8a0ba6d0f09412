import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { readVersioned } from '@milepost/shared/versioned';
import type { z } from 'zod';
import { syncFolder, writeAll } from './durable.ts';
import { attempt, attemptIfThere, FileError } from './fileError.ts';
import { type FilePlace, placeOf } from './filePlace.ts';

/** A line that does not count, and why. */
export interface DamagedLine {
  /** From 1. */
  line: number;
  reason: string;
}

export interface RecordFileContent<T> {
  records: T[];
  damaged: DamagedLine[];
  /** A line without its newline stands at the end: an append that a crash cut off. */
  torn: boolean;
  /** Set where a record of a newer version stands in the file: then nothing may be done with it here. */
  newer: string | null;
}

/**
 * Reads an append-only file of record lines, as a stream. Lines that are torn, altered or no such record are left out
 * and told. A file that isn't there is an empty one.
 */
export async function readRecordFile<T>(path: string, schema: z.ZodType<T>): Promise<RecordFileContent<T>> {
  const content: RecordFileContent<T> = { records: [], damaged: [], torn: false, newer: null };
  const handle = await attemptIfThere('read', path, () => open(path, 'r'));
  if (handle === undefined) return content;
  try {
    const whole = await wholeBytes(handle);
    content.torn = whole < (await handle.stat()).size;
    if (whole === 0) return content;
    let line = 0;
    await eachLine(handle, whole, (text) => {
      line += 1;
      const raw = text === undefined ? undefined : decodeRecordLine(text);
      if (raw === undefined) {
        content.damaged.push({ line, reason: 'its checksum does not match' });
        return;
      }
      const read = readVersioned(schema, raw);
      if (read.kind === 'ok') content.records.push(read.value);
      else if (read.kind === 'newer') content.newer = read.reason;
      else content.damaged.push({ line, reason: read.reason });
    });
    return content;
  } catch (error) {
    throw error instanceof FileError ? error : new FileError('read', path, error);
  } finally {
    await handle.close();
  }
}

/** A line that is longer is no record: it is not kept in memory. */
const LONGEST_LINE = 64 * 1024;

/** Hands over every line of the first `bytes`, which end with a newline; undefined for one that is far too long. */
async function eachLine(
  handle: FileHandle,
  bytes: number,
  take: (line: string | undefined) => void,
): Promise<void> {
  // Latin-1 cuts no character in two; records are ASCII, and whatever isn't fails its checksum.
  const input = handle.createReadStream({ start: 0, end: bytes - 1, autoClose: false, encoding: 'latin1' });
  let rest = '';
  let tooLong = false;
  for await (const chunk of input) {
    const text: string = rest + String(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const length = text[end - 1] === '\r' ? end - 1 - from : end - from;
      take(tooLong || length > LONGEST_LINE ? undefined : text.slice(from, from + length));
      tooLong = false;
      from = end + 1;
    }
    rest = text.slice(from);
    if (rest.length > LONGEST_LINE) {
      tooLong = true;
      rest = '';
    }
  }
}

/** The length up to and with the last newline. */
async function wholeBytes(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(Math.min(size, 64 * 1024));
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** A file of records is not where it was any more: somebody took it from the run that appends to it. */
export class RecordsGoneError extends FileError {
  constructor(path: string) {
    super('append to', path, new Error('it was removed, moved or replaced while the job ran'));
    this.name = 'RecordsGoneError';
  }
}

/** Appends to a record file. One append at a time; each is on the disk when it returns. */
export interface RecordAppender {
  append(record: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the path leads to now: this file, nothing, or another file, which is somebody else's. */
  place(): FilePlace;
  /** Throws a {@link RecordsGoneError} where the file is not in its place; each append does so too. */
  assertHere(): void;
  close(): Promise<void>;
}

/**
 * Opens a record file to append to, made if it isn't there. What a crash left behind the last newline is cut off
 * first, and what stays is on the disk before anything is appended. Only the holder of the job's lock may call this.
 */
export async function openRecordFile(path: string): Promise<RecordAppender> {
  const handle = await attempt('open', path, () => open(path, 'a+', 0o600));
  let length: number;
  try {
    length = await attempt('mend', path, async () => {
      const whole = await wholeBytes(handle);
      if (whole < (await handle.stat()).size) await handle.truncate(whole);
      // Also what a killed agent wrote and had no time to put on the disk counts from now on.
      await handle.sync();
      return whole;
    });
    await syncFolder(dirname(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  let queue: Promise<void> = Promise.resolve();
  /** After a failed write or fsync nobody knows what is on the disk: the file is not appended to again. */
  let broken: FileError | null = null;

  const place = () => placeOf(handle.fd, path);

  function assertHere(): void {
    if (place() !== 'here') throw new RecordsGoneError(path);
  }

  async function write(record: Readonly<Record<string, unknown>>): Promise<void> {
    if (broken) throw broken;
    assertHere();
    const line = Buffer.from(encodeRecordLine(record), 'latin1');
    try {
      writeAll(handle.fd, line);
      await handle.sync();
      length += line.length;
    } catch (error) {
      broken = new FileError('append to', path, error);
      // Readers skip a torn line; taking it away keeps the file tidy where that still works.
      await handle.truncate(length).catch(() => undefined);
      throw broken;
    }
  }

  return {
    place,
    assertHere,
    append(record) {
      const result = queue.then(() => write(record));
      queue = result.catch(() => undefined);
      return result;
    },
    async close() {
      await queue;
      await handle.close();
    },
  };
}
