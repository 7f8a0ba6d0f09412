import { writeSync } from 'node:fs';
import { errorCode } from '@milepost/checkpoint/fileError';

const FD = { stdout: 1, stderr: 2 } as const;
type StreamName = keyof typeof FD;

const opened = new Set<StreamName>();

/**
 * One of our own streams, opened when it is first needed: opening makes a pipe non-blocking, and what a program prints is
 * passed on several times as fast without. A reader that went away (head, a closed terminal) ends what is printed, never
 * the job.
 */
export function ownStream(name: StreamName): NodeJS.WriteStream {
  const stream = process[name];
  if (!opened.has(name)) stream.on('error', () => undefined);
  opened.add(name);
  return stream;
}

/** How long is waited before a full stream is tried again. */
const FULL_MS = 2;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Nobody reads them any more: what is printed is lost, and the program goes on. */
const closed = { stdout: false, stderr: false };

/**
 * Passes bytes on to one of our own streams, and returns when they are gone: whoever reads slowly slows the program down,
 * and nothing piles up here. Several times as fast as the stream's own `write`.
 */
export function writeRaw(stream: StreamName, chunk: Uint8Array): void {
  let at = 0;
  while (at < chunk.length && !closed[stream]) {
    try {
      at += writeSync(FD[stream], chunk, at);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') {
        closed[stream] = true;
        return;
      }
      // Somebody has made it non-blocking, and it is full. The buffer is not ours to keep, and what comes next must not
      // overtake: so it is waited for here.
      Atomics.wait(nobody, 0, 0, FULL_MS);
    }
  }
}
