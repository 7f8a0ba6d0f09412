import { performance } from 'node:perf_hooks';

/** Time as the monitor uses it; tests give their own. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for showing and recording. */
  now(): number;
  /** Milliseconds that never jump: for ages and durations. */
  steady(): number;
  /** Calls `fire` once after `delayMs`; the answer cancels it. */
  setTimer(delayMs: number, fire: () => void): () => void;
}

/** One instant on both clocks. */
export interface Moment {
  now: number;
  steady: number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), steady: clock.steady() };
}
