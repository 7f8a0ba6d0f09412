import { execFile } from 'node:child_process';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir, readlink, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { cleanText, quoteShell } from '@milepost/shared/text';
import type {
  BytesAnswer,
  ExecAnswer,
  ExecLimits,
  HostConnection,
  LinkTargetAnswer,
  ListAnswer,
  OpenAnswer,
  PathFault,
  ReadAnswer,
  ReadCaps,
  StatAnswer,
} from './hostConnection.ts';
import { AGENT } from './hostFacts.ts';

/** How much of a file is read at once. */
const READ_BYTES = 32 * 1024;

/**
 * This machine, as a {@link HostConnection}: its jobs are watched as any other host's.
 *
 * @param agent the program and the arguments that stand for the agent here, whatever lies at its usual path.
 */
export function createLocalConnection(agent: readonly string[]): HostConnection {
  let isClosed = false;
  const listeners: (() => void)[] = [];
  const agentCommand = agent.map(quoteShell).join(' ');

  return {
    stat: (path) => orFault(async () => statAnswerOf(await stat(path))),
    lstat: (path) => orFault(async () => statAnswerOf(await lstat(path))),
    openFile: (path) => orFault(() => openFile(path)),
    readFile: (path, caps) => orFault(() => readCapped(path, caps)),
    readToEnd: (path, maxBytes) =>
      orFault(async (): Promise<ReadAnswer> => {
        const head = await withFile(path, (handle) => readUpTo(handle, 0, maxBytes));
        return { kind: 'read', head, tail: null, size: head.length };
      }),
    readlink: (path) =>
      orFault(async (): Promise<LinkTargetAnswer> => ({ kind: 'target', target: await readlink(path) })),
    realpath: (path) =>
      orFault(
        async (): Promise<LinkTargetAnswer> => ({
          kind: 'target',
          target: path === '.' ? homedir() : await realpath(path),
        }),
      ),
    readdir: (path, maxNames) => orFault(() => listFolder(path, maxNames)),
    exec: (command, limits) =>
      run(command.startsWith(AGENT) ? agentCommand + command.slice(AGENT.length) : command, limits),
    get isClosed() {
      return isClosed;
    },
    onClosed(listener) {
      if (isClosed) listener();
      else listeners.push(listener);
    },
    async close() {
      isClosed = true;
      for (const listener of listeners.splice(0)) listener();
    },
  };
}

async function orFault<T>(work: () => Promise<T>): Promise<T | PathFault> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied' };
    return { kind: 'failed', reason: cleanText(error instanceof Error ? error.message : String(error)) };
  }
}

function statAnswerOf(found: Stats): StatAnswer {
  const mtimeSeconds = Math.floor(found.mtimeMs / 1000);
  if (found.isFile()) return { kind: 'file', size: found.size, mtimeSeconds };
  return found.isDirectory() ? { kind: 'folder', mtimeSeconds } : { kind: 'special' };
}

async function openFile(path: string): Promise<OpenAnswer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    return { kind: 'failed', reason: 'it is no regular file' };
  }
  return {
    kind: 'open',
    file: {
      size: found.size,
      mtimeSeconds: Math.floor(found.mtimeMs / 1000),
      read: (offset, length) =>
        orFault(async (): Promise<BytesAnswer> => {
          const bytes = Buffer.alloc(length);
          const { bytesRead } = await handle.read(bytes, 0, length, offset);
          return { kind: 'bytes', bytes: bytes.subarray(0, bytesRead) };
        }),
      close: () => void handle.close().catch(() => undefined),
    },
  };
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

function readCapped(path: string, caps: ReadCaps): Promise<ReadAnswer> {
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

async function listFolder(path: string, maxNames: number): Promise<ListAnswer> {
  const names: string[] = [];
  for await (const entry of await opendir(path)) {
    if (names.length >= maxNames) return { kind: 'list', names, cut: true };
    names.push(entry.name);
  }
  return { kind: 'list', names, cut: false };
}

function run(command: string, limits: ExecLimits): Promise<ExecAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      '/bin/sh',
      ['-c', command],
      { timeout: limits.deadlineMs, killSignal: 'SIGKILL', maxBuffer: limits.maxBytes, cwd: homedir() },
      (error, stdout, stderr) => {
        const cut = error !== null && (error.killed === true || typeof error.code === 'string');
        if (cut) {
          const what = `A command on this machine did not end well: ${cleanText(error.message)}`;
          resolve({ kind: 'lost', problem: { kind: 'exec-lost', what, next: null } });
        } else {
          resolve({ kind: 'ended', code: child.exitCode, stdout, stderr });
        }
      },
    );
  });
}
