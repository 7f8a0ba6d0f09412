import type { Clock } from './clock.ts';
import { type HostConnection, LinkError } from './hostConnection.ts';

/** Somebody called the work off. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

export interface BreakRetries {
  /**
   * Calls `work` with a connection to the host, and again with a new one when that breaks, until it has ended or given
   * up. Throws {@link Aborted}, the last LinkError, and what `work` throws.
   */
  withConnection<T>(work: (connection: HostConnection) => Promise<T>): Promise<T>;
  /** The work got on: the breaks until now no longer count. */
  gotOn(): void;
}

export interface BreakRetriesOptions {
  clock: Clock;
  signal: AbortSignal;
  connect(signal: AbortSignal): Promise<HostConnection>;
  /** How long to wait after the first break; doubled with each further one, up to 30 times as long. */
  retryMs: number;
  onConnected(): void;
  onBreak(): void;
}

/** Breaks in a row, between which nothing got on, after which the work ends. */
const MAX_BREAKS = 9;

/** Long work over connections that may break. */
export function createBreakRetries(options: BreakRetriesOptions): BreakRetries {
  const { clock, signal } = options;
  let breaks = 0;
  return {
    async withConnection(work) {
      for (;;) {
        if (signal.aborted) throw new Aborted();
        try {
          const connection = await unlessAborted(options.connect(signal), signal);
          options.onConnected();
          return await unlessAborted(work(connection), signal);
        } catch (error) {
          if (signal.aborted) throw new Aborted();
          if (!(error instanceof LinkError) || error.refused) throw error;
          breaks += 1;
          if (breaks >= MAX_BREAKS) throw error;
          options.onBreak();
          await pause(clock, Math.min(2 ** (breaks - 1), 30) * options.retryMs, signal);
        }
      }
    },
    gotOn() {
      breaks = 0;
    },
  };
}

/** Ends the wait as soon as the signal does; what was waited for ends by itself. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Aborted());
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimer(delayMs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
