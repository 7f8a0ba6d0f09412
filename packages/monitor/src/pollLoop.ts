import type { Clock } from './clock.ts';
import { sleptThrough } from './schedule.ts';

export interface PollLoop {
  readonly isPaused: boolean;
  /** Polls now, or after the poll that is under way; many wishes while one is under way are one more poll. */
  pollNow(): Promise<void>;
  /** Sets the timer for the next poll, counted from the start of the last one. Does nothing before a first poll. */
  schedule(): void;
  /** No polls until {@link PollLoop.unpause}; one that is under way ends by itself. */
  pause(): void;
  unpause(): void;
  /** Resolves when no poll is under way. */
  settled(): Promise<void>;
}

/** The timer of one host's polls, and the one place that starts them: never two at once. `poll` must not reject. */
export function createPollLoop(options: {
  clock: Clock;
  poll(): Promise<void>;
  /** How long to wait after a poll that took this long; null: no more polls by themselves. */
  nextDelayMs(tookMs: number): number | null;
  /** Called in place of a poll whose time came while the machine slept; it has to see to the next one. */
  onSlept?(): void;
}): PollLoop {
  const { clock } = options;
  let isPaused = false;
  let cancelTimer: (() => void) | null = null;
  let startedSteady: number | null = null;
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;

  function clearTimer(): void {
    cancelTimer?.();
    cancelTimer = null;
  }

  function begin(): Promise<void> {
    clearTimer();
    startedSteady = clock.steady();
    running = options.poll().finally(() => {
      running = null;
    });
    return running;
  }

  function pollNow(): Promise<void> {
    if (isPaused) return Promise.resolve();
    if (running === null) return begin();
    queued ??= running.then(() => {
      queued = null;
      return pollNow();
    });
    return queued;
  }

  return {
    get isPaused() {
      return isPaused;
    },
    pollNow,
    schedule() {
      clearTimer();
      if (isPaused || startedSteady === null) return;
      const delayMs = options.nextDelayMs(clock.steady() - startedSteady);
      if (delayMs === null) return;
      const dueAt = clock.now() + delayMs;
      cancelTimer = clock.setTimer(delayMs, () => {
        if (options.onSlept !== undefined && sleptThrough(dueAt, clock.now())) options.onSlept();
        else void pollNow();
      });
    },
    pause() {
      isPaused = true;
      clearTimer();
    },
    unpause() {
      isPaused = false;
    },
    async settled() {
      while (running !== null || queued !== null) await Promise.allSettled([running, queued]);
    },
  };
}
