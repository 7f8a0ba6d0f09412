import { LinkError } from './hostConnection.ts';
import type { Problem } from './view.ts';

/**
 * Calls over one connection that must end though what they wait for may never come: each is raced with a deadline and
 * with the end of the connection.
 */
export interface PendingCalls {
  /** `start` gets a callback that settles the call; what comes after the call was settled is dropped. */
  run<T>(what: string, deadlineMs: number, start: (done: (value: T) => void) => void): Promise<T>;
  /** Ends all calls; each later one fails at once. */
  breakAll(error: LinkError): void;
}

interface Pending {
  what: string;
  deadlineMs: number;
  /** On the steady clock, ms. */
  endsAt: number;
  reject(error: LinkError): void;
}

/** `onDeadline` must discard the connection: an answer that is late must never be taken for another call's. */
export function createPendingCalls(
  describe: (what: string, deadlineMs: number) => Problem,
  onDeadline: (error: LinkError) => void,
): PendingCalls {
  const pending = new Set<Pending>();
  let broken: LinkError | undefined;
  // One timer for all: a poll of many jobs makes thousands of calls, and nearly all are answered long before.
  let timer: { handle: NodeJS.Timeout; at: number } | undefined;

  function watch(endsAt: number): void {
    if (timer !== undefined && timer.at <= endsAt) return;
    if (timer !== undefined) clearTimeout(timer.handle);
    timer = { handle: setTimeout(onTimer, Math.max(0, endsAt - performance.now())), at: endsAt };
  }

  function stopWatching(): void {
    if (pending.size > 0 || timer === undefined) return;
    clearTimeout(timer.handle);
    timer = undefined;
  }

  function onTimer(): void {
    timer = undefined;
    const now = performance.now();
    for (const call of [...pending]) {
      // The first that is late ends the others too, by ending the connection; they get that error.
      if (call.endsAt > now || !pending.delete(call)) continue;
      const error = new LinkError(describe(call.what, call.deadlineMs));
      call.reject(error);
      onDeadline(error);
    }
    for (const { endsAt } of pending) watch(endsAt);
  }

  return {
    run<T>(what: string, deadlineMs: number, start: (done: (value: T) => void) => void): Promise<T> {
      return new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(broken);
          return;
        }
        const call: Pending = { what, deadlineMs, endsAt: performance.now() + deadlineMs, reject };
        pending.add(call);
        watch(call.endsAt);
        const done = (value: T): void => {
          if (!pending.delete(call)) return;
          stopWatching();
          resolve(value);
        };
        try {
          start(done);
        } catch (error) {
          if (!pending.delete(call)) return;
          stopWatching();
          // ssh2 throws when it is asked for something on a socket that is already gone.
          reject(
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
      const left = [...pending];
      pending.clear();
      stopWatching();
      for (const { reject } of left) reject(error);
    },
  };
}
