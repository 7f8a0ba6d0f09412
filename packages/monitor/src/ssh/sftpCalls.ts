import { cleanText } from '@milepost/shared/text';
import type { Client, SFTPWrapper } from 'ssh2';
import { LinkError } from '../hostConnection.ts';
import type { PendingCalls } from '../pendingCalls.ts';
import { connectionLost } from './linkFault.ts';
import type { Broken } from './sftpAnswers.ts';
import type { Done } from './sftpHandles.ts';

export interface SftpCallsOptions {
  client: Client;
  destination: string;
  /** For each call, and for opening the channel. */
  callDeadlineMs: number;
  calls: PendingCalls;
  /** Something is about to be asked. */
  onCall(): void;
  /** The channel is of no use any more: the connection is to be given up, and every call with it. */
  onBroken(error: LinkError): void;
}

/** Calls over the one SFTP channel of a connection, which is opened by the first of them. */
export interface SftpCalls {
  /** `start` is one of remoteFiles.ts and the like. Throws a LinkError. */
  call<T extends { kind: string }>(
    what: string,
    start: (sftp: SFTPWrapper, done: Done<T>) => void,
    deadlineMs?: number,
  ): Promise<T>;
  /** Sends a close and does not wait for it. */
  close(handle: Buffer): void;
}

const CHANNEL_ENDED = 'its SFTP channel ended';

export function createSftpCalls(options: SftpCallsOptions): SftpCalls {
  const { client, destination, callDeadlineMs, calls, onCall, onBroken } = options;
  let channel: Promise<SFTPWrapper> | undefined;
  /** The same once it is open: a call then needs no turn of its own to get it. */
  let openSftp: SFTPWrapper | undefined;

  function openChannel(): Promise<SFTPWrapper> {
    channel ??= calls
      .run<SFTPWrapper | LinkError>('opening SFTP', callDeadlineMs, (done) => {
        client.sftp((error, sftp) => {
          if (error) {
            done(noSftp(destination, error));
            return;
          }
          // A channel that dies alone would leave its calls without an answer for ever.
          sftp.once('close', () => onBroken(connectionLost(destination, CHANNEL_ENDED)));
          sftp.on('error', (fault: Error) => onBroken(connectionLost(destination, cleanText(fault.message))));
          done(sftp);
        });
      })
      .then((opened) => {
        if (opened instanceof LinkError) {
          onBroken(opened);
          throw opened;
        }
        openSftp = opened;
        return opened;
      });
    return channel;
  }

  return {
    call<T extends { kind: string }>(
      what: string,
      start: (sftp: SFTPWrapper, done: Done<T>) => void,
      deadlineMs = callDeadlineMs,
    ): Promise<T> {
      const over = (sftp: SFTPWrapper): Promise<T> =>
        calls.run<T>(what, deadlineMs, (done) => {
          onCall();
          start(sftp, (answer) => {
            if (!isBroken(answer)) done(answer);
            // Ends this call too. Whatever comes after such an answer could be the answer to anything.
            else onBroken(brokenBy(destination, answer, what));
          });
        });
      return openSftp === undefined ? openChannel().then(over) : over(openSftp);
    },
    close: (handle) => void openSftp?.close(handle, () => undefined),
  };
}

function isBroken(answer: { kind: string }): answer is Broken {
  return answer.kind === 'broken';
}

function brokenBy(destination: string, { cause }: Broken, what: string): LinkError {
  if (cause === 'ended') return connectionLost(destination, CHANNEL_ENDED);
  return new LinkError({
    kind: 'sftp-nonsense',
    what: `${destination} answered something that makes no sense (${what}).`,
    next: `Its SFTP server may be another one than OpenSSH's: try “sftp ${destination}” in a terminal.`,
  });
}

function noSftp(destination: string, error: Error): LinkError {
  return new LinkError({
    kind: 'no-sftp',
    what: `${destination} opens no SFTP channel: ${cleanText(error.message)}`,
    next: 'Its sshd_config needs “Subsystem sftp internal-sftp”.',
  });
}
