import type { Clock } from '../src/clock.ts';

/** A clock that stands still until it is moved. */
export interface VirtualClock extends Clock {
  /** Moves on, firing each timer at its time; what it sets off is settled between any two. */
  advance(ms: number): Promise<void>;
  /** The wall clock alone jumps, as it does after a sleep or when it is set. */
  jump(ms: number): void;
  /** Timers that are set. */
  timers(): number;
}

export function createVirtualClock(startAt = 0): VirtualClock {
  let steady = 0;
  let wallAhead = startAt;
  let timers: { at: number; fire: () => void }[] = [];
  // All promises that can be settled are, before an immediate comes.
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => wallAhead + steady,
    steady: () => steady,
    setTimer(delayMs, fire) {
      const timer = { at: steady + delayMs, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    timers: () => timers.length,
    jump(ms) {
      wallAhead += ms;
    },
    async advance(ms) {
      const until = steady + ms;
      for (;;) {
        await settle();
        const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        steady = Math.max(steady, next.at);
        next.fire();
      }
      steady = until;
      await settle();
    },
  };
}
