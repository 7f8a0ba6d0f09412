import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, lstat, open, readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { attempt, errorCode } from './fileError.ts';

// Writes that are on the disk when they return. The order (data, rename, folder) is the one that
// "All File Systems Are Not Created Equal" (Pillai et al., OSDI 2014) shows to be needed.

// What waits for the disk (fsync, large reads) goes to another thread; what the system answers from memory (open, stat,
// close) is done at once, since a trip to another thread and back costs ten times as much as the call.

const syncDescriptor = promisify(fsync);

/** Puts a folder's entries on the disk: what was made, renamed or removed in it stays so after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await attempt('put on disk the folder', path, async () => {
    const folder = openSync(path, 'r');
    try {
      await syncDescriptor(folder);
    } finally {
      closeSync(folder);
    }
  });
}

/** Makes a folder and those above it, where they are not there; one that is there is fine. */
export async function makeFolder(path: string, { mode }: { mode?: number } = {}): Promise<void> {
  await attempt('make the folder', path, async () => {
    try {
      mkdirSync(path, { recursive: true, mode });
    } catch (error) {
      // Node's recursive mkdir says ENOENT for a full disk and its like; a plain one says what it is.
      if (errorCode(error) !== 'ENOENT') throw error;
      mkdirSync(path, { mode });
    }
  });
}

/**
 * Makes a folder in one that is there; one that is there itself is fine. Those above it are never made: where they are
 * gone, somebody took them away from a job that runs.
 */
export async function makeFolderIn(path: string): Promise<void> {
  await attempt('make the folder', path, async () => {
    try {
      mkdirSync(path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  });
}

/**
 * Replaces the file at `path` whole: a reader sees the old content or the new one, never a mixture, also after a
 * power cut. The temporary file lies beside it, hidden, under a name of its own for each process.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666 }: { mode?: number } = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  await attempt('write', path, async () => {
    try {
      const file = openSync(temporary, 'w', mode);
      try {
        writeAll(file, typeof content === 'string' ? Buffer.from(content) : content);
        await syncDescriptor(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
  });
  await syncFolder(folder);
}

/** Writes all of it at the descriptor's place; the system may take only a part at a time. Not on the disk yet. */
export function writeAll(file: number, content: Uint8Array): void {
  for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
}

/** What a finished output is, once it is on the disk. */
export interface Sealed {
  bytes: number;
  /** Hex; of a folder: of its files' paths, sizes and hashes, in the order of their paths. */
  sha256: string;
  isFolder: boolean;
}

/**
 * Puts a finished output on the disk and measures it. `path` is a regular file or a folder of such; anything else
 * in it (a link, a pipe) is refused by a thrown error, since its content would not be what was saved.
 */
export async function sealOutput(path: string): Promise<Sealed> {
  return attempt('save', path, async () => {
    const stat = lstatSync(path);
    if (stat.isFile()) return { ...(await sealFile(path, true)), isFolder: false };
    if (!stat.isDirectory()) throw new Error('it is neither a file nor a folder');
    return { ...(await sealFolder(path, true)), isFolder: true };
  });
}

/** Measures a checkpoint as {@link sealOutput} does, without putting it on the disk again. */
export async function measureOutput(path: string): Promise<Sealed> {
  return attempt('read', path, async () => {
    const stat = await lstat(path);
    if (stat.isFile()) return { ...(await sealFile(path, false)), isFolder: false };
    if (!stat.isDirectory()) throw new Error('it is neither a file nor a folder');
    return { ...(await sealFolder(path, false)), isFolder: true };
  });
}

/** The size as {@link Sealed} has it, without reading any content. */
export async function sizeOfOutput(path: string): Promise<number> {
  return attempt('look at', path, async () => {
    const stat = await lstat(path);
    if (!stat.isDirectory()) return stat.size;
    let bytes = 0;
    for (const file of (await contentOf(path)).files) bytes += (await lstat(join(path, file))).size;
    return bytes;
  });
}

async function sealFile(path: string, sync: boolean): Promise<{ bytes: number; sha256: string }> {
  return (await sealSmallFile(path, sync)) ?? sealLargeFile(path, sync);
}

/** Undefined: it is too large to be read at once. */
async function sealSmallFile(
  path: string,
  sync: boolean,
): Promise<{ bytes: number; sha256: string } | undefined> {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > SMALL_BYTES) return undefined;
    const synced = sync ? syncDescriptor(file) : undefined;
    const buffer = Buffer.allocUnsafe(SMALL_BYTES + 1);
    let bytes = 0;
    try {
      while (bytes < buffer.length) {
        const read = readSync(file, buffer, bytes, buffer.length - bytes, bytes);
        if (read === 0) break;
        bytes += read;
      }
    } finally {
      await synced;
    }
    // Somebody still writes to it.
    if (bytes > SMALL_BYTES) return undefined;
    return { bytes, sha256: createHash('sha256').update(buffer.subarray(0, bytes)).digest('hex') };
  } finally {
    closeSync(file);
  }
}

async function sealLargeFile(path: string, sync: boolean): Promise<{ bytes: number; sha256: string }> {
  const handle = await open(path, 'r');
  try {
    // The disk writes while the processor hashes.
    const [hashed] = await Promise.all([hashHandle(handle), sync ? handle.sync() : undefined]);
    return hashed;
  } finally {
    await handle.close();
  }
}

const SMALL_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;

async function hashHandle(handle: FileHandle): Promise<{ bytes: number; sha256: string }> {
  const { size } = await handle.stat();
  const hash = createHash('sha256');
  const length = Math.min(CHUNK_BYTES, size + 1);
  let buffer = Buffer.allocUnsafe(length);
  let spare = Buffer.allocUnsafe(length);
  let bytes = 0;
  let reading = handle.read(buffer, 0, length, 0);
  for (;;) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) break;
    bytes += bytesRead;
    // The next chunk is read while this one is hashed.
    reading = handle.read(spare, 0, length, bytes);
    hash.update(buffer.subarray(0, bytesRead));
    [buffer, spare] = [spare, buffer];
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function sealFolder(path: string, sync: boolean): Promise<{ bytes: number; sha256: string }> {
  const manifest = createHash('sha256');
  let bytes = 0;
  const { files, folders } = await contentOf(path);
  for (const file of files) {
    const sealed = await sealFile(join(path, file), sync);
    bytes += sealed.bytes;
    manifest.update(`${JSON.stringify([file, sealed.bytes, sealed.sha256])}\n`);
  }
  // The inner ones first: nothing is named before it is there.
  if (sync) for (const folder of folders.reverse()) await syncFolder(join(path, folder));
  return { bytes, sha256: manifest.digest('hex') };
}

/**
 * All that is below `folder`, as relative paths: its files in code-unit order, and its folders, itself (as an empty path)
 * first and each before those in it. Throws on anything that is no file or folder.
 */
async function contentOf(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  async function walk(relative: string): Promise<void> {
    folders.push(relative);
    for (const entry of await readdir(join(folder, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) files.push(path);
      else throw new Error(`it holds ${path}, which is neither a file nor a folder`);
    }
  }
  await walk('');
  return { files: files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), folders };
}
