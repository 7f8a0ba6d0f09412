import { LinkError } from '../hostConnection.ts';
import type { Problem } from '../view.ts';

/**
 * Calls over one connection that must end though ssh2's callbacks may never come: each is raced with a deadline and
 * with the end of the connection.
 */
export interface PendingCalls {
  /** `start` gets a callback that settles the call; what comes after the call was settled is dropped. */
  run<T>(what: string, deadlineMs: number, start: (done: (value: T) => void) => void): Promise<T>;
  /** Ends all calls; each later one fails at once. */
  breakAll(error: LinkError): void;
}

/** `onDeadline` must discard the connection: an answer that is late must never be taken for another call's. */
export function createPendingCalls(
  describe: (what: string, deadlineMs: number) => Problem,
  onDeadline: (error: LinkError) => void,
): PendingCalls {
  const rejects = new Set<(error: LinkError) => void>();
  let broken: LinkError | undefined;
  return {
    run<T>(what: string, deadlineMs: number, start: (done: (value: T) => void) => void): Promise<T> {
      return new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(broken);
          return;
        }
        const fail = (error: LinkError): void => {
          clearTimeout(timer);
          rejects.delete(fail);
          reject(error);
        };
        const timer = setTimeout(() => {
          const error = new LinkError(describe(what, deadlineMs));
          fail(error);
          onDeadline(error);
        }, deadlineMs);
        rejects.add(fail);
        const done = (value: T): void => {
          clearTimeout(timer);
          if (rejects.delete(fail)) resolve(value);
        };
        try {
          start(done);
        } catch (error) {
          // ssh2 throws when it is asked for something on a socket that is already gone.
          fail(
            new LinkError({
              kind: 'connection-lost',
              what: `The connection broke: ${error instanceof Error ? error.message : String(error)}`,
              next: null,
            }),
          );
        }
      });
    },
    breakAll(error) {
      broken ??= error;
      for (const reject of [...rejects]) reject(error);
    },
  };
}
