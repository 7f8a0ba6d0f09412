import { StopRequest } from '@milepost/checkpoint/keepRun';
import type { JobPaths } from '@milepost/checkpoint/paths';
import { clearStop, readStop } from '@milepost/checkpoint/stopFile';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const LOOK_EVERY_MS = 500;

/** What can end a run before its work is done. */
export interface EndWatch {
  /** Aborted by a signal to this process, or by `stop --now`. */
  signal: AbortSignal;
  /** Aborted by `stop`: finish what runs. */
  finishSignal: AbortSignal;
  dispose(): Promise<void>;
}

/** Listens for signals and for what `milepost stop` asks of this run, until disposed. */
export function watchForEnd(paths: JobPaths, runId: string): EndWatch {
  const end = new AbortController();
  const finish = new AbortController();
  const handlers = SIGNALS.map((name) => {
    const handler = () => end.abort(new Error(`ended by ${name}`));
    process.on(name, handler);
    return () => process.off(name, handler);
  });

  async function look(): Promise<void> {
    // A request that can't be read now is looked for again.
    const asked = await readStop(paths, runId).catch(() => undefined);
    if (asked === undefined) return;
    const request = new StopRequest('stopped by a person');
    if (asked.now) end.abort(request);
    else finish.abort(request);
  }
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    signal: end.signal,
    finishSignal: finish.signal,
    async dispose() {
      clearInterval(timer);
      await looking;
      for (const off of handlers) off();
      await clearStop(paths);
    },
  };
}
