declare global {
  var milepostTime: {
    /** From now on time passes so many times as fast as it does. */
    pace(factor: number): void;
    /** So many milliseconds pass at once. */
    pass(ms: number): void;
    /** The wall clock is set forward by so many milliseconds, or back; the steady one and timers are not. */
    setWall(ms: number): void;
  };
}

export {};
