import type { Duplex } from 'node:stream';

/**
 * What waits to be sent: the requests of a poll of a thousand jobs are a tenth of this. The memory that small answers
 * take is thirty times their size.
 */
const MAX_UNSENT_BYTES = 256 * 1024;
/** While a file is written to the host, which keeps half of this under way. */
const MAX_UNSENT_WRITING_BYTES = 1024 * 1024;
/** What may come between two calls: the longest list of names is half of this. */
const MAX_UNASKED_BYTES = 64 * 1024 * 1024;

export interface FloodGuard {
  /** Something is asked of the host: what comes from now on may be the answer. */
  asked(): void;
  /** As long as `work` goes on, much may wait to be sent. */
  whileWriting<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Watches what comes over a connection that is past its key exchange. ssh2 answers whatever a server asks, also one that
 * never reads the answers, which then fill memory; and it drops without a word what nobody asked for.
 *
 * @param onFlood called once; the connection is then to be given up.
 */
export function guardFlood(stream: Duplex, onFlood: (what: string) => void): FloodGuard {
  let unasked = 0;
  let writing = 0;
  const onData = (bytes: Buffer): void => {
    unasked += bytes.length;
    const isUnread = stream.writableLength > (writing > 0 ? MAX_UNSENT_WRITING_BYTES : MAX_UNSENT_BYTES);
    if (!isUnread && unasked <= MAX_UNASKED_BYTES) return;
    stream.off('data', onData);
    onFlood(
      isUnread ? 'it asks on and on, and takes no answers' : 'it sends on and on what nobody asked for',
    );
  };
  stream.on('data', onData);
  return {
    asked() {
      unasked = 0;
    },
    async whileWriting(work) {
      writing += 1;
      try {
        return await work();
      } finally {
        writing -= 1;
      }
    },
  };
}
