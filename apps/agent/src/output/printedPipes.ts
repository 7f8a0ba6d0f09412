import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Whatever was left has come when nothing came for so long. */
const DRAIN_MS = 500;
const CHUNK_BYTES = 64 * 1024;

/** A pipe of our own for what a program prints. */
export interface PrintedPipe {
  /** For the program; given away when it has been started. */
  readonly writeFd: number;
  /** Closes our own writing end: from now on the pipe ends with the program, and what it has started. */
  given(): void;
  /**
   * Reads what is left when the program has ended. A process that it left may hold the pipe open for as long as it likes:
   * what that prints is nobody's.
   */
  drain(): Promise<void>;
}

/**
 * Opens a named pipe in `folder` whose bytes go to `onChunk`, always in one buffer, which is used again when that has
 * returned. Several times as fast as the pipes that Node makes, which are sockets read into new buffers. Undefined where
 * the folder's file system has no named pipes.
 */
export async function openPrintedPipe(
  folder: string,
  name: string,
  onChunk: (chunk: Buffer) => void,
): Promise<PrintedPipe | undefined> {
  const path = join(folder, name);
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
  } catch {
    return undefined;
  }
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let writeFd = -1;
  try {
    writeFd = openSync(path, constants.O_WRONLY);
  } catch (error) {
    closeSync(readFd);
    throw error;
  }
  let lastMs = performance.now();
  let emptied: (() => void) | undefined;
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: readFd,
    readable: true,
    writable: false,
    onread: {
      buffer: Buffer.alloc(CHUNK_BYTES),
      callback(count, buffer) {
        onChunk(Buffer.from(buffer.buffer, buffer.byteOffset, count));
        // Measured when it has been passed on: whoever reads it may be slow.
        lastMs = performance.now();
        if (count < CHUNK_BYTES) emptied?.();
        return true;
      },
    },
  };
  const socket = new Socket(options);
  const closed = new Promise<'closed'>((resolve) => {
    socket.once('close', () => resolve('closed'));
  });
  socket.on('error', () => undefined);
  socket.resume();
  return {
    writeFd,
    given: () => closeSync(writeFd),
    async drain() {
      // A read that did not fill its buffer has taken all that was there, and the program adds nothing any more.
      const empty = new Promise<'empty'>((resolve) => {
        emptied = () => resolve('empty');
      });
      for (;;) {
        const quietMs = performance.now() - lastMs;
        if (quietMs >= DRAIN_MS) break;
        const wait = delay(DRAIN_MS - quietMs, undefined, { ref: false });
        const ended = await Promise.race([closed, empty, wait]);
        if (ended === 'closed') return;
        if (ended === 'empty') break;
      }
      socket.destroy();
      await closed;
    },
  };
}
