import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  EMPTY_REREAD_MS,
  HEAD_BYTES,
  MAX_WHOLE_BYTES,
  parseCutProgress,
  parseProgress,
  TAIL_BYTES,
  unreadableProgress,
} from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import { attemptIfThere } from './fileError.ts';

/**
 * What the PROGRESS.txt at `path` says, whoever wrote it; undefined where there is no such file. Only a regular file is
 * read, and never more than 64 KiB of it. A file that can't be read is `unreadable` with the reason.
 */
export async function readProgressFile(path: string): Promise<Progress | undefined> {
  const first = await readOnce(path);
  if (first !== 'empty') return first;
  await delay(EMPTY_REREAD_MS);
  const second = await readOnce(path);
  return second === 'empty' ? parseProgress('') : second;
}

async function readOnce(path: string): Promise<Progress | undefined | 'empty'> {
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const handle = await attemptIfThere('read', path, () =>
      open(path, constants.O_RDONLY | constants.O_NONBLOCK),
    );
    if (handle === undefined) return undefined;
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return unreadableProgress('it is no regular file');
      if (stat.size > MAX_WHOLE_BYTES) {
        const head = await readPart(handle, 0, HEAD_BYTES);
        const tail = await readPart(handle, stat.size - TAIL_BYTES, TAIL_BYTES);
        return parseCutProgress(head, tail);
      }
      const text = await readPart(handle, 0, MAX_WHOLE_BYTES);
      return text === '' ? 'empty' : parseProgress(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return unreadableProgress(error instanceof Error ? error.message : String(error));
  }
}

async function readPart(handle: FileHandle, position: number, length: number): Promise<string> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return new TextDecoder().decode(buffer.subarray(0, filled));
}
