import { cleanText } from '@milepost/shared/text';
import type { Client } from 'ssh2';
import type { ExecAnswer, ExecLimits } from '../hostConnection.ts';

/** The kind of a problem: the host opens no channel for a command, or none beside those that are open. */
export const NO_CHANNEL = 'no-channel';

/**
 * Runs one command line on the host. Answers `not-sent` where no channel could be had, `lost` where it wrote more than
 * allowed; may never answer when the connection dies, which the caller watches for.
 */
export function runCommand(
  client: Client,
  destination: string,
  command: string,
  limits: ExecLimits,
  done: (answer: ExecAnswer) => void,
): void {
  client.exec(command, (openError, channel) => {
    if (openError) {
      const isChannelRefused = 'reason' in openError;
      const isRefused = isChannelRefused || /^Unable to exec/.test(openError.message);
      const problem = {
        kind: isChannelRefused ? NO_CHANNEL : isRefused ? 'exec-refused' : 'connection-lost',
        what: `${destination} ran no command: ${cleanText(openError.message)}`,
        next: isRefused ? 'Its sshd_config must allow commands, and MaxSessions of 2 or more.' : null,
      };
      // Without a refusal of the server's own the command may have arrived before the connection broke.
      done(isRefused ? { kind: 'not-sent', problem } : { kind: 'lost', problem });
      return;
    }
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let outBytes = 0;
    let errBytes = 0;
    let code: number | null = null;
    const checkFlood = (): void => {
      if (outBytes <= limits.maxBytes && errBytes <= limits.maxBytes) return;
      out.length = 0;
      err.length = 0;
      channel.close();
      done({
        kind: 'lost',
        problem: {
          kind: 'exec-flood',
          what: `A command on ${destination} wrote more than ${limits.maxBytes} bytes and was cut off.`,
          next: 'Does a start-up file of the login shell (such as .bashrc) print something?',
        },
      });
    };
    channel.on('data', (bytes: Buffer) => {
      outBytes += bytes.length;
      if (outBytes <= limits.maxBytes) out.push(bytes);
      checkFlood();
    });
    channel.stderr.on('data', (bytes: Buffer) => {
      errBytes += bytes.length;
      if (errBytes <= limits.maxBytes) err.push(bytes);
      checkFlood();
    });
    channel.on('error', () => undefined);
    channel.on('exit', (status: unknown) => {
      code = typeof status === 'number' ? status : null;
    });
    // `close` comes once both streams were read to their end.
    channel.on('close', () => {
      done({
        kind: 'ended',
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    });
    channel.end();
  });
}
