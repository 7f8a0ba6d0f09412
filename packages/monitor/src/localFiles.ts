import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import { cleanText } from '@milepost/shared/text';
import type {
  BytesAnswer,
  ListAnswer,
  PathFault,
  ReadAnswer,
  ReadCaps,
  StatAnswer,
} from './hostConnection.ts';

// Files of this machine, read as those of a host are.

/** How much of a file is read at once. */
const READ_BYTES = 32 * 1024;

/** The file system's refusal as an answer. */
export async function orFault<T>(work: () => Promise<T>): Promise<T | PathFault> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied' };
    return { kind: 'failed', reason: cleanText(error instanceof Error ? error.message : String(error)) };
  }
}

export function statAnswerOf(found: Stats): StatAnswer {
  const mtimeSeconds = Math.floor(found.mtimeMs / 1000);
  if (found.isFile()) return { kind: 'file', size: found.size, mtimeSeconds };
  return found.isDirectory() ? { kind: 'folder', mtimeSeconds } : { kind: 'special' };
}

/** Opens a regular file to be read in pieces. */
export async function openRegular(
  path: string,
): Promise<{ kind: 'handle'; handle: FileHandle; size: number; mtimeSeconds: number } | PathFault> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    return { kind: 'failed', reason: 'it is no regular file' };
  }
  return { kind: 'handle', handle, size: found.size, mtimeSeconds: Math.floor(found.mtimeMs / 1000) };
}

export async function readPiece(handle: FileHandle, offset: number, length: number): Promise<BytesAnswer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return { kind: 'bytes', bytes: bytes.subarray(0, bytesRead) };
}

/** O_NONBLOCK: what was a file a moment ago may be a FIFO now, and opening that would wait for a writer. */
async function withFile<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

export function readCapped(path: string, caps: ReadCaps): Promise<ReadAnswer> {
  return withFile(path, async (handle) => {
    const found = await handle.stat();
    if (!found.isFile()) return { kind: 'failed', reason: 'it is no regular file' };
    const { size } = found;
    if (size <= caps.wholeBytes) {
      const head = await readUpTo(handle, 0, caps.wholeBytes);
      return { kind: 'read', head, tail: null, size };
    }
    const head = await readUpTo(handle, 0, caps.headBytes);
    const tail = await readUpTo(handle, size - caps.tailBytes, caps.tailBytes);
    return { kind: 'read', head, tail, size };
  });
}

/** Reads to the end whatever the size is said to be. */
export async function readToEnd(path: string, maxBytes: number): Promise<ReadAnswer> {
  const head = await withFile(path, (handle) => readUpTo(handle, 0, maxBytes));
  return { kind: 'read', head, tail: null, size: head.length };
}

async function readUpTo(handle: FileHandle, position: number, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let filled = 0;
  while (filled < maxBytes) {
    const part = Buffer.alloc(Math.min(READ_BYTES, maxBytes - filled));
    const { bytesRead } = await handle.read(part, 0, part.length, position + filled);
    if (bytesRead === 0) break;
    parts.push(part.subarray(0, bytesRead));
    filled += bytesRead;
  }
  return Buffer.concat(parts, filled);
}

export async function listFolder(path: string, maxNames: number): Promise<ListAnswer> {
  const names: string[] = [];
  for await (const entry of await opendir(path)) {
    if (names.length >= maxNames) return { kind: 'list', names, cut: true };
    names.push(entry.name);
  }
  return { kind: 'list', names, cut: false };
}
