declare global {
  var milepostTime: {
    /** From now on time passes so many times as fast as it does. */
    pace(factor: number): void;
    /** So many milliseconds pass at once. */
    pass(ms: number): void;
  };
}

export {};
