/** How often hosts are polled. All in milliseconds. */
export interface PollIntervals {
  /** While somebody looks. */
  watchingMs: number;
  /** While a job runs. */
  runningMs: number;
  /** While none does. */
  idleMs: number;
  /** The first backoff's upper end; doubled with each further failure up to `maxBackoffMs`. */
  backoffMs: number;
  maxBackoffMs: number;
}

export const DEFAULT_INTERVALS: PollIntervals = {
  watchingMs: 5000,
  runningMs: 30_000,
  idleMs: 120_000,
  backoffMs: 10_000,
  maxBackoffMs: 5 * 60_000,
};

export interface ScheduleInput {
  attention: 'background' | 'watching';
  isRunning: boolean;
  /** Something is awaited (a resume was sent): as if somebody looked. */
  isExpecting: boolean;
  /** On battery, or behind a locked screen: what nobody waits for comes half as often. */
  isSparing: boolean;
  /** Polls failed in a row. */
  failures: number;
  /** A host key or an authentication was refused. */
  isRefused: boolean;
  /** How long the poll that just ended took. */
  tookMs: number;
  /** From 0 up to 1. */
  random: number;
}

/**
 * How long to wait until the next poll of a host; null: until a person acts. Polls keep their interval from start to
 * start. After failures: full jitter, so that many watchers don't come back at once.
 */
export function nextPollDelay(input: ScheduleInput, intervals: PollIntervals): number | null {
  if (input.isRefused) return null;
  if (input.failures > 0) {
    const ceiling = Math.min(
      intervals.maxBackoffMs,
      intervals.backoffMs * 2 ** Math.min(input.failures - 1, 30),
    );
    // Never at once: a tenth of the first backoff at least.
    return Math.max(intervals.backoffMs / 10, input.random * ceiling);
  }
  const spare = input.isSparing ? 2 : 1;
  const interval =
    input.attention === 'watching' || input.isExpecting
      ? intervals.watchingMs
      : input.isRunning
        ? intervals.runningMs * spare
        : intervals.idleMs * spare;
  return Math.max(interval / 10, interval - input.tookMs);
}

const SLEPT_MS = 60_000;

/**
 * Whether this machine slept while a timer waited that was due at `dueAt`: told by the wall clock, since other clocks
 * may stand still meanwhile. A clock that was put forward looks the same, and costs a new connection.
 */
export function sleptThrough(dueAt: number, now: number): boolean {
  return now - dueAt > SLEPT_MS;
}
