import { connect as connectSocket, isIP } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';

/** The stream that one SSH connection runs over: a socket, a channel through another host, or a program. */
export interface Way {
  readonly stream: Duplex;
  /** Ends it at once, with everything that was started for it; calling it again does nothing. */
  destroy(): void;
  /** Resolves when nothing of it is left: sockets, connections on the way, processes. */
  readonly gone: Promise<void>;
  /** What the way itself said of its end, such as a program's last words; null: nothing. */
  lastWords(): string | null;
}

/**
 * A socket of our own: ssh2's destroy() does nothing once it has said goodbye, though nobody may answer that. And
 * without Nagle's algorithm, which would cost 40 ms for each call. `onNamed`: the name has an address.
 */
export function directWay(host: string, port: number, onNamed: () => void = () => undefined): Way {
  const stream = connectSocket({ host, port, noDelay: true });
  // An address as it is needs no look-up, and tells of none.
  let isNamed = isIP(host) !== 0;
  if (isNamed) onNamed();
  stream.on('lookup', (error: Error | null) => {
    if (error !== null || isNamed) return;
    isNamed = true;
    onNamed();
  });
  return {
    stream,
    destroy: () => void stream.destroy(),
    gone: new Promise((resolve) => stream.once('close', () => resolve())),
    lastWords: () => null,
  };
}

/**
 * One stream of two, which unlike them is closed as soon as it is destroyed: a channel first waits for the other side's
 * goodbye, and nobody may be there to say it.
 */
export class PairStream extends Duplex {
  readonly #readable: Readable;
  readonly #writable: Writable;

  constructor(readable: Readable, writable: Writable) {
    super();
    this.#readable = readable;
    this.#writable = writable;
    readable.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) readable.pause();
    });
    readable.once('end', () => this.push(null));
    readable.once('close', () => this.destroy());
    readable.on('error', () => this.destroy());
    writable.on('error', () => this.destroy());
  }

  override _read(): void {
    this.#readable.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writable.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#writable.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    try {
      this.#writable.destroy();
      this.#readable.destroy();
    } catch {
      // A channel says goodbye first, which a connection that is gone does not take.
    }
    done(error);
  }
}
