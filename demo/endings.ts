/** What is to be ended when the demo is, the last that was begun first. */
export interface Endings {
  add(end: () => Promise<unknown>): void;
  /** Ends all of it, whatever fails; resolves with what went wrong. A second call waits for the first. */
  endAll(): Promise<Error[]>;
}

export function createEndings(): Endings {
  const endings: (() => Promise<unknown>)[] = [];
  let ending: Promise<Error[]> | undefined;
  async function endEach(): Promise<Error[]> {
    const failures: Error[] = [];
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) {
      try {
        await end();
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return failures;
  }
  return {
    add: (end) => void endings.push(end),
    endAll() {
      ending ??= endEach();
      return ending;
    },
  };
}
