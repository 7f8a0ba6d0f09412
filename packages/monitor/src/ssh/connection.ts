import { cleanText } from '@milepost/shared/text';
import type { SFTPWrapper } from 'ssh2';
import {
  type BytesAnswer,
  type ExecAnswer,
  type ExecLimits,
  LinkError,
  type OpenAnswer,
  type PathFault,
  type ReadCaps,
  type WritableConnection,
  type WriteAnswer,
} from '../hostConnection.ts';
import type { Problem } from '../view.ts';
import { guardFlood } from './floodGuard.ts';
import { listFolder } from './listFolder.ts';
import type { OpenClient } from './openClient.ts';
import { createPendingCalls } from './pendingCalls.ts';
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
import { runCommand } from './runCommand.ts';
import type { Broken } from './sftpAnswers.ts';
import type { Done } from './sftpHandles.ts';
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

const CHANNEL_ENDED = 'its SFTP channel ended';

export interface ConnectionOptions {
  destination: string;
  /** For each SFTP call and for opening a channel. */
  callDeadlineMs: number;
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
  let channel: Promise<SFTPWrapper> | undefined;
  /** The same once it is open: a call then needs no turn of its own to get it. */
  let openSftp: SFTPWrapper | undefined;

  const calls = createPendingCalls(
    (what, deadlineMs): Problem => ({
      kind: 'timeout',
      what: `${destination} did not answer within ${deadlineMs / 1000} s (${what}).`,
      next: null,
    }),
    (error) => discard(error),
  );
  client.once('close', () => discard(lastError() ?? lost('it was closed')));
  const flood = guardFlood(way.stream, (what) => discard(lost(what)));

  function lost(how: string): LinkError {
    return new LinkError({
      kind: 'connection-lost',
      what: `The connection to ${destination} broke: ${how}.`,
      next: null,
    });
  }

  function nonsense(what: string): LinkError {
    return new LinkError({
      kind: 'sftp-nonsense',
      what: `${destination} answered something that makes no sense (${what}).`,
      next: `Its SFTP server may be another one than OpenSSH's: try “sftp ${destination}” in a terminal.`,
    });
  }

  /** Nothing of it is of use any more: destroyed, never ended politely, since nobody may be there. */
  function discard(error: LinkError): void {
    if (isClosed) return;
    isClosed = true;
    calls.breakAll(error);
    way.destroy();
    for (const listener of listeners.splice(0)) listener();
  }

  function openChannel(): Promise<SFTPWrapper> {
    channel ??= calls
      .run<SFTPWrapper | LinkError>('opening SFTP', callDeadlineMs, (done) => {
        client.sftp((error, sftp) => {
          if (error) {
            done(
              new LinkError({
                kind: 'no-sftp',
                what: `${destination} opens no SFTP channel: ${cleanText(error.message)}`,
                next: 'Its sshd_config needs “Subsystem sftp internal-sftp”, and MaxSessions of 2 or more.',
              }),
            );
            return;
          }
          // A channel that dies alone would leave its calls without an answer for ever.
          sftp.once('close', () => discard(lost(CHANNEL_ENDED)));
          sftp.on('error', (fault: Error) => discard(lost(cleanText(fault.message))));
          done(sftp);
        });
      })
      .then((opened) => {
        if (!(opened instanceof LinkError)) {
          openSftp = opened;
          return opened;
        }
        discard(opened);
        throw opened;
      });
    return channel;
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

  function overSftp<T extends { kind: string }>(
    what: string,
    start: (sftp: SFTPWrapper, done: Done<T>) => void,
    deadlineMs = callDeadlineMs,
  ): Promise<T> {
    flood.asked();
    const over = (sftp: SFTPWrapper): Promise<T> =>
      calls.run<T>(what, deadlineMs, (done) => {
        sendTogether();
        start(sftp, (answer) => {
          if (!isBroken(answer)) done(answer);
          // Ends this call too. Whatever comes after such an answer could be the answer to anything.
          else discard(answer.cause === 'ended' ? lost(CHANNEL_ENDED) : nonsense(what));
        });
      });
    return openSftp === undefined ? openChannel().then(over) : over(openSftp);
  }

  async function openFile(path: string): Promise<OpenAnswer> {
    const opened = await overSftp<OpenHandle | PathFault>('opening a file', (sftp, done) =>
      openPath(sftp, path, done),
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
            (sftp, done) => readPiece(sftp, handle, offset, length, done),
            PIECE_DEADLINES * callDeadlineMs,
          ),
        close() {
          if (!isClosed) openSftp?.close(handle, () => undefined);
        },
      },
    };
  }

  return {
    stat: (path) => overSftp('looking at a file', (sftp, done) => statPath(sftp, path, done)),
    lstat: (path) => overSftp('looking at a file', (sftp, done) => lstatPath(sftp, path, done)),
    openFile,
    readFile: (path, caps: ReadCaps) =>
      overSftp('reading a file', (sftp, done) => readCapped(sftp, path, caps, done)),
    readToEnd: (path, maxBytes) =>
      overSftp('reading a file', (sftp, done) => readWhole(sftp, path, maxBytes, done)),
    readlink: (path) => overSftp('reading a link', (sftp, done) => readlinkPath(sftp, path, done)),
    realpath: (path) => overSftp('resolving a path', (sftp, done) => realpathOf(sftp, path, done)),
    readdir: (path, maxNames) =>
      overSftp('listing a folder', (sftp, done) => listFolder(sftp, path, maxNames, done)),
    makeFolder: (path, mode) =>
      overSftp('making a folder', (sftp, done) => makeFolder(sftp, path, mode, done)),
    async writeNewFile(path, bytes, mode, onBytes = () => undefined): Promise<WriteAnswer> {
      const opened = await overSftp<OpenNew>('making a file', (sftp, done) =>
        openNew(sftp, path, mode, done),
      );
      if (opened.kind !== 'handle') return opened;
      const written = await writePieces(bytes, onBytes, (from, piece) =>
        overSftp<WriteAnswer>(
          'writing a file',
          (sftp, done) => writePiece(sftp, opened.handle, from, piece, done),
          PIECE_DEADLINES * callDeadlineMs,
        ),
      );
      const closed = await overSftp<WriteAnswer>('closing a file', (sftp, done) =>
        closeWritten(sftp, opened.handle, mode, done),
      );
      return written.kind === 'written' ? closed : written;
    },
    replaceFile: (from, to) => overSftp('renaming a file', (sftp, done) => replaceFile(sftp, from, to, done)),
    removeFile: (path) => overSftp('removing a file', (sftp, done) => removeFile(sftp, path, done)),
    async exec(command: string, limits: ExecLimits): Promise<ExecAnswer> {
      flood.asked();
      try {
        return await calls.run<ExecAnswer>('running a command', limits.deadlineMs, (done) =>
          runCommand(client, destination, command, limits, (answer) => {
            done(answer);
            // A command that floods still has its channel's window to fill: the connection goes with it.
            if (answer.kind === 'lost') discard(lost('a command wrote too much'));
          }),
        );
      } catch (error) {
        if (error instanceof LinkError) return { kind: 'lost', problem: error.problem };
        throw error;
      }
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
      return way.gone;
    },
  };
}

function isBroken(answer: { kind: string }): answer is Broken {
  return answer.kind === 'broken';
}
