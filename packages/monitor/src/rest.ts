/** Why no host is looked at: the machine sleeps, or a person wants no polls. Each ends by itself. */
export interface Rest {
  readonly isResting: boolean;
  setAsleep(isAsleep: boolean): void;
  setPaused(isPaused: boolean): void;
}

/**
 * `begin` is called when the first cause comes, `end` when the last one goes.
 *
 * @param deps.end `hasSlept`: the machine slept meanwhile, so whatever happened then was missed.
 */
export function createRest(deps: { begin(): void; end(hasSlept: boolean): void }): Rest {
  let isAsleep = false;
  let isPaused = false;
  let hasSlept = false;

  function change(apply: () => void): void {
    const before = isAsleep || isPaused;
    apply();
    const after = isAsleep || isPaused;
    if (isAsleep) hasSlept = true;
    if (!before && after) deps.begin();
    if (before && !after) {
      const slept = hasSlept;
      hasSlept = false;
      deps.end(slept);
    }
  }

  return {
    get isResting() {
      return isAsleep || isPaused;
    },
    setAsleep: (next) =>
      change(() => {
        isAsleep = next;
      }),
    setPaused: (next) =>
      change(() => {
        isPaused = next;
      }),
  };
}
