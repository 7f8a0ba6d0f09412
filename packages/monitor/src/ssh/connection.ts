import type { SFTPWrapper } from 'ssh2';
import {
  type BytesAnswer,
  type ExecAnswer,
  type ExecLimits,
  type HostConnection,
  LinkError,
  type OpenAnswer,
  type PathFault,
  type ReadCaps,
} from '../hostConnection.ts';
import type { Problem } from '../view.ts';
import type { OpenClient } from './openClient.ts';
import { createPendingCalls } from './pendingCalls.ts';
import {
  listFolder,
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

/** A piece of a large file may take this many times as long as another call. */
const PIECE_DEADLINES = 3;

export interface ConnectionOptions {
  destination: string;
  /** For each SFTP call and for opening a channel. */
  callDeadlineMs: number;
}

/**
 * The calls of a {@link HostConnection} over a client that is ready, with one SFTP channel that is opened by the first
 * call that needs it. The client's `error` listener stays its opener's.
 */
export function createConnection(
  { client, way, lastError }: OpenClient,
  options: ConnectionOptions,
): HostConnection {
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

  function lost(how: string): LinkError {
    return new LinkError({
      kind: 'connection-lost',
      what: `The connection to ${destination} broke: ${how}.`,
      next: null,
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
                what: `${destination} opens no SFTP channel: ${error.message}`,
                next: 'Its sshd_config needs “Subsystem sftp internal-sftp”, and MaxSessions of 2 or more.',
              }),
            );
            return;
          }
          // A channel that dies alone would leave its calls without an answer for ever.
          sftp.once('close', () => discard(lost('its SFTP channel ended')));
          sftp.on('error', (fault: Error) => discard(lost(fault.message)));
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

  function overSftp<T>(
    what: string,
    start: (sftp: SFTPWrapper, done: (value: T) => void) => void,
  ): Promise<T> {
    const over = (sftp: SFTPWrapper) => calls.run<T>(what, callDeadlineMs, (done) => start(sftp, done));
    return openSftp === undefined ? openChannel().then(over) : over(openSftp);
  }

  async function openFile(path: string): Promise<OpenAnswer> {
    const sftp = await openChannel();
    const opened = await calls.run<OpenHandle | PathFault>('opening a file', callDeadlineMs, (done) =>
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
          calls.run<BytesAnswer>('reading a file', PIECE_DEADLINES * callDeadlineMs, (done) =>
            readPiece(sftp, handle, offset, length, done),
          ),
        close() {
          if (!isClosed) sftp.close(handle, () => undefined);
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
    async exec(command: string, limits: ExecLimits): Promise<ExecAnswer> {
      try {
        return await calls.run<ExecAnswer>('running a command', limits.deadlineMs, (done) =>
          runCommand(client, command, limits, (answer) => {
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
