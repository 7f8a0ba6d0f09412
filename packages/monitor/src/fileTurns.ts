/**
 * Node works on files in a pool of four threads, which looks up the names of other hosts too. A call that hangs keeps
 * its thread, and no signal or deadline gives it back: so many may hang, and the rest still works.
 */
const AT_ONCE = 2;

/** Calls about files of this machine, a few at a time and each in its turn, of which some may never end. */
export interface FileTurns {
  /** `work` never rejects. It is left out where `isOff` says so when its turn comes. */
  take(what: string, isOff: () => boolean, work: () => Promise<void>): void;
  /** What the oldest call is about, if it was begun so long ago; null: there is none. */
  hangingFor(ms: number): string | null;
  /** Resolves once no call is under way, or after `ms`; false: some are. */
  areOverWithin(ms: number): Promise<boolean>;
}

export function createFileTurns(): FileTurns {
  const underWay = new Set<{ what: string; since: number }>();
  const waiting: { what: string; isOff: () => boolean; work: () => Promise<void> }[] = [];
  let onQuiet: (() => void)[] = [];

  function next(): void {
    while (underWay.size < AT_ONCE) {
      const turn = waiting.shift();
      if (turn === undefined) break;
      if (turn.isOff()) continue;
      const begun = { what: turn.what, since: performance.now() };
      underWay.add(begun);
      void turn.work().finally(() => {
        underWay.delete(begun);
        next();
      });
    }
    if (underWay.size > 0) return;
    for (const tell of onQuiet.splice(0)) tell();
  }

  return {
    take(what, isOff, work) {
      waiting.push({ what, isOff, work });
      next();
    },
    hangingFor(ms) {
      const [oldest] = underWay;
      return oldest !== undefined && performance.now() - oldest.since >= ms ? oldest.what : null;
    },
    areOverWithin(ms) {
      if (underWay.size === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          onQuiet = onQuiet.filter((tell) => tell !== onOver);
          resolve(false);
        }, ms);
        const onOver = () => {
          clearTimeout(timer);
          resolve(true);
        };
        onQuiet.push(onOver);
      });
    },
  };
}
