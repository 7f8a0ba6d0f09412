import type {
  BytesAnswer,
  LinkError,
  OpenAnswer,
  PathFault,
  ReadCaps,
  WritableConnection,
  WriteAnswer,
} from '../hostConnection.ts';
import { createPendingCalls } from '../pendingCalls.ts';
import type { Problem } from '../view.ts';
import { type CommandsOptions, createCommands } from './commands.ts';
import { guardFlood } from './floodGuard.ts';
import { connectionLost } from './linkFault.ts';
import { listFolder } from './listFolder.ts';
import type { OpenClient } from './openClient.ts';
import {
  lstatPath,
  type OpenHandle,
  openPath,
  readCapped,
  readlinkPath,
  readPiece,
  readWhole,
  realpathOf,
  statPath,
} from './remoteFiles.ts';
import { createSftpCalls } from './sftpCalls.ts';
import {
  closeWritten,
  makeFolder,
  type OpenNew,
  openNew,
  removeFile,
  replaceFile,
  writePiece,
  writePieces,
} from './writeFiles.ts';

/** A piece of a large file may take this many times as long as another call. */
const PIECE_DEADLINES = 3;

export interface ConnectionOptions {
  destination: string;
  /** For each SFTP call and for opening a channel. */
  callDeadlineMs: number;
  /** Another connection to the same host, for a command that finds no channel here. */
  connectApart?: CommandsOptions['connectApart'];
}

/**
 * The calls of a {@link WritableConnection} over a client that is ready, with one SFTP channel that is opened by the first
 * call that needs it. The client's `error` listener stays its opener's.
 */
export function createConnection(
  { client, way, lastError }: OpenClient,
  options: ConnectionOptions,
): WritableConnection {
  const { destination, callDeadlineMs } = options;
  let isClosed = false;
  const listeners: (() => void)[] = [];

  const calls = createPendingCalls(
    (what, deadlineMs): Problem => ({
      kind: 'timeout',
      what: `${destination} did not answer within ${deadlineMs / 1000} s (${what}).`,
      next: null,
    }),
    (error) => discard(error),
  );
  client.once('close', () => discard(lastError() ?? lost('it was closed')));
  const commands = createCommands({
    client,
    destination,
    calls,
    onFlood: () => discard(lost('a command wrote too much')),
    connectApart: options.connectApart,
  });
  const flood = guardFlood(way.stream, (what) => discard(lost(what)));

  function lost(how: string): LinkError {
    return connectionLost(destination, how);
  }

  /** Nothing of it is of use any more: destroyed, never ended politely, since nobody may be there. */
  function discard(error: LinkError): void {
    if (isClosed) return;
    isClosed = true;
    calls.breakAll(error);
    way.destroy();
    void commands.end();
    for (const listener of listeners.splice(0)) listener();
  }

  /** What is asked for in one turn leaves as one write: each is a system call, and a poll of many jobs asks thousands. */
  let isHeld = false;
  function sendTogether(): void {
    if (isHeld || isClosed) return;
    isHeld = true;
    way.stream.cork();
    setImmediate(() => {
      isHeld = false;
      way.stream.uncork();
    });
  }
  // Answers come many at a time, and most lead to the next question.
  way.stream.prependListener('data', sendTogether);

  const sftp = createSftpCalls({
    client,
    destination,
    callDeadlineMs,
    calls,
    onCall() {
      flood.asked();
      sendTogether();
    },
    onBroken: discard,
  });
  const overSftp = sftp.call;

  async function openFile(path: string): Promise<OpenAnswer> {
    const opened = await overSftp<OpenHandle | PathFault>('opening a file', (channel, done) =>
      openPath(channel, path, done),
    );
    if (opened.kind !== 'handle') return opened;
    const { handle, size, mtimeSeconds } = opened;
    return {
      kind: 'open',
      file: {
        size,
        mtimeSeconds,
        read: (offset, length) =>
          // Many are under way at the same time, and a slow link takes them one after the other.
          overSftp<BytesAnswer>(
            'reading a file',
            (channel, done) => readPiece(channel, handle, offset, length, done),
            PIECE_DEADLINES * callDeadlineMs,
          ),
        close() {
          if (!isClosed) sftp.close(handle);
        },
      },
    };
  }

  return {
    stat: (path) => overSftp('looking at a file', (channel, done) => statPath(channel, path, done)),
    lstat: (path) => overSftp('looking at a file', (channel, done) => lstatPath(channel, path, done)),
    openFile,
    readFile: (path, caps: ReadCaps) =>
      overSftp('reading a file', (channel, done) => readCapped(channel, path, caps, done)),
    readToEnd: (path, maxBytes) =>
      overSftp('reading a file', (channel, done) => readWhole(channel, path, maxBytes, done)),
    readlink: (path) => overSftp('reading a link', (channel, done) => readlinkPath(channel, path, done)),
    realpath: (path) => overSftp('resolving a path', (channel, done) => realpathOf(channel, path, done)),
    readdir: (path, maxNames) =>
      overSftp('listing a folder', (channel, done) => listFolder(channel, path, maxNames, done)),
    makeFolder: (path, mode) =>
      overSftp('making a folder', (channel, done) => makeFolder(channel, path, mode, done)),
    async writeNewFile(path, bytes, mode, onBytes = () => undefined): Promise<WriteAnswer> {
      const opened = await overSftp<OpenNew>('making a file', (channel, done) =>
        openNew(channel, path, mode, done),
      );
      if (opened.kind !== 'handle') return opened;
      const written = await flood.whileWriting(() =>
        writePieces(bytes, onBytes, (from, piece) =>
          overSftp<WriteAnswer>(
            'writing a file',
            (channel, done) => writePiece(channel, opened.handle, from, piece, done),
            PIECE_DEADLINES * callDeadlineMs,
          ),
        ),
      );
      const closed = await overSftp<WriteAnswer>('closing a file', (channel, done) =>
        closeWritten(channel, opened.handle, mode, done),
      );
      return written.kind === 'written' ? closed : written;
    },
    replaceFile: (from, to) =>
      overSftp('renaming a file', (channel, done) => replaceFile(channel, from, to, done)),
    removeFile: (path) => overSftp('removing a file', (channel, done) => removeFile(channel, path, done)),
    exec(command, limits) {
      flood.asked();
      return commands.exec(command, limits);
    },
    get isClosed() {
      return isClosed;
    },
    onClosed(listener) {
      if (isClosed) listener();
      else listeners.push(listener);
    },
    close() {
      discard(lost('it was closed from this side'));
      return Promise.all([way.gone, commands.end()]).then(() => undefined);
    },
  };
}
