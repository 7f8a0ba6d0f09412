import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cleanText } from '@milepost/shared/text';
import type { HostConnection, StatAnswer } from './hostConnection.ts';
import type { FolderFile, Measure } from './localPlace.ts';
import { readPieces } from './readPieces.ts';
import type { Problem } from './view.ts';

/** What is wrong with a file on the host: trying again would not help. */
export class RemoteFileFault extends Error {
  override readonly name = 'RemoteFileFault';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.what);
    this.problem = problem;
  }
}

export interface DownloadDeps {
  steady(): number;
  /**
   * Calls `work` with a connection to the host, and again with a new one when that breaks, until it has ended or given
   * up. `work` goes on from where it was.
   */
  withConnection<T>(work: (connection: HostConnection) => Promise<T>): Promise<T>;
  /** Told of bytes that are there now; a negative number takes back what has to be fetched again. */
  onBytes(count: number): void;
  /** Throws once the fetch was called off. */
  check(): void;
  /** Throws where so many more bytes have no room. */
  checkRoom(bytes: number): Promise<void>;
}

/** How often a file may be another one after a break, before it is not fetched at all. */
const MAX_RESTARTS = 3;

/** Copies a file of a host into a new local one, which is on the disk afterwards. A break is gone on from. */
export async function downloadFile(
  deps: DownloadDeps,
  remote: string,
  local: string,
  expectedBytes: number | null,
): Promise<Measure> {
  const handle = await open(local, 'wx', 0o666);
  try {
    const state: Progress = { offset: 0, hash: createHash('sha256'), seen: null, restarts: 0 };
    await deps.withConnection((connection) => goOn(deps, connection, remote, handle, state, expectedBytes));
    await handle.sync();
    return { bytes: state.offset, sha256: state.hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

interface Progress {
  offset: number;
  hash: Hash;
  /** What the file was when its first bytes were read. */
  seen: { size: number; mtimeSeconds: number } | null;
  restarts: number;
}

async function goOn(
  deps: DownloadDeps,
  connection: HostConnection,
  remote: string,
  handle: FileHandle,
  state: Progress,
  expectedBytes: number | null,
): Promise<void> {
  // Only a regular file is opened: opening a FIFO would block a process on the host for good.
  const stat = await connection.lstat(remote);
  if (stat.kind !== 'file') throw new RemoteFileFault(faultOf(remote, stat));
  const opened = await connection.openFile(remote);
  if (opened.kind !== 'open') throw new RemoteFileFault(faultOf(remote, opened));
  const { file } = opened;
  try {
    if (expectedBytes !== null && file.size !== expectedBytes)
      throw changed(remote, file.size, expectedBytes);
    const isOther =
      state.seen !== null && (state.seen.size !== file.size || state.seen.mtimeSeconds !== file.mtimeSeconds);
    if (isOther) {
      // Replaced during the break: what is there is of another file.
      state.restarts += 1;
      if (state.restarts > MAX_RESTARTS) throw new RemoteFileFault(restless(remote));
      deps.onBytes(-state.offset);
      await handle.truncate(0);
      state.offset = 0;
      state.hash = createHash('sha256');
    }
    state.seen = { size: file.size, mtimeSeconds: file.mtimeSeconds };
    await deps.checkRoom(file.size - state.offset);
    const range = { from: state.offset, size: file.size, steady: deps.steady };
    const end = await readPieces(file, range, async (bytes) => {
      deps.check();
      await writeAll(handle, bytes, state.offset);
      state.hash.update(bytes);
      state.offset += bytes.length;
      deps.onBytes(bytes.length);
    });
    if (end.kind === 'short') throw changed(remote, state.offset, file.size);
    if (end.kind === 'fault') {
      throw new RemoteFileFault(faultOf(remote, { kind: 'failed', reason: end.reason }));
    }
  } finally {
    file.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

const MAX_DEPTH = 32;
const MAX_FILES = 100_000;
const MAX_FOLDERS = 10_000;
/** Of all names in it together, in UTF-16 units. */
const MAX_NAMES = 32 * 1024 * 1024;

/** Copies a folder of a host file by file into a new local one. */
export async function downloadFolder(
  deps: DownloadDeps,
  remote: string,
  local: string,
): Promise<FolderFile[]> {
  // Listed whole for each try: what is there is small beside the files.
  const paths = await deps.withConnection((connection) => listFiles(connection, remote));
  await mkdir(local);
  const files: FolderFile[] = [];
  for (const path of paths) {
    const target = join(local, path);
    await mkdir(dirname(target), { recursive: true });
    files.push({ path, ...(await downloadFile(deps, `${remote}/${path}`, target, null)) });
  }
  return files;
}

async function listFiles(connection: HostConnection, root: string): Promise<string[]> {
  const files: string[] = [];
  let folders = 0;
  let units = 0;
  const walk = async (relative: string, depth: number): Promise<void> => {
    const folder = relative === '' ? root : `${root}/${relative}`;
    const list = await connection.readdir(folder, MAX_FILES);
    if (list.kind !== 'list') throw new RemoteFileFault(faultOf(folder, list));
    folders += 1;
    units += list.names.reduce((sum, name) => sum + name.length, 0);
    if (list.cut || depth > MAX_DEPTH || folders > MAX_FOLDERS || units > MAX_NAMES) {
      throw new RemoteFileFault(tooLarge(root));
    }
    for (const name of list.names) {
      // Whatever the host calls it: one plain name, or nothing is fetched of this folder.
      if (!isPlainName(name)) throw new RemoteFileFault(badName(root, name));
      const path = relative === '' ? name : `${relative}/${name}`;
      const stat = await connection.lstat(`${root}/${path}`);
      if (stat.kind === 'folder') await walk(path, depth + 1);
      else if (stat.kind === 'file') files.push(path);
      else throw new RemoteFileFault(faultOf(`${root}/${path}`, stat));
      if (files.length > MAX_FILES) throw new RemoteFileFault(tooLarge(root));
    }
  };
  await walk('', 0);
  return files;
}

/** One part of a path, hidden ones too: folders of data have them (`.zarray`). */
function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    name.length <= 255 &&
    !/[/\\\u0000-\u001f\u007f]/.test(name)
  );
}

function nameOf(path: string): string {
  return cleanText(path.slice(path.lastIndexOf('/') + 1), 120);
}

function faultOf(path: string, answer: Exclude<StatAnswer, { kind: 'file' }>): Problem {
  const name = nameOf(path);
  switch (answer.kind) {
    case 'missing':
      return {
        kind: 'file-missing',
        what: `${name} is not on the host any more.`,
        next: 'Was it moved, or removed by “milepost clean”?',
      };
    case 'denied':
      return { kind: 'file-denied', what: `This account may not read ${name} on the host.`, next: null };
    case 'folder':
    case 'special':
      return {
        kind: 'file-special',
        what: `${name} on the host is no regular file, and is not opened.`,
        next: null,
      };
    case 'failed':
      return { kind: 'file-failed', what: `${name} can't be read on the host: ${answer.reason}`, next: null };
  }
}

function changed(path: string, has: number, expected: number): RemoteFileFault {
  return new RemoteFileFault({
    kind: 'file-changed',
    what: `${nameOf(path)} on the host has ${has} bytes and not the ${expected} that it was saved with.`,
    next: 'Try “milepost verify” there: a resume does damaged batches again.',
  });
}

function restless(path: string): Problem {
  return {
    kind: 'file-changed',
    what: `${nameOf(path)} changes while it is fetched, again and again.`,
    next: 'Fetch it when nothing writes to it.',
  };
}

function badName(root: string, name: string): Problem {
  return {
    kind: 'file-name',
    what: `${nameOf(root)} holds a file with a name that is not taken over: “${cleanText(name, 80)}”.`,
    next: 'Copy it by hand if it is to be trusted.',
  };
}

function tooLarge(root: string): Problem {
  return {
    kind: 'folder-too-large',
    what: `${nameOf(root)} holds more than ${MAX_FILES} files or ${MAX_FOLDERS} folders, or is nested deeper than ${MAX_DEPTH}.`,
    next: 'Copy it by hand, for example with rsync.',
  };
}
