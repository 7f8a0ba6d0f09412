import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first value of `probe` that is neither undefined, null nor false. The time limit only catches
 * hangs: it fails with what was waited for and the last error. An aborted signal ends it with its reason.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  {
    limitMs = 30_000,
    everyMs = 25,
    signal,
  }: { limitMs?: number; everyMs?: number; signal?: AbortSignal } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await probe();
      last = value;
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<T, undefined | null | false>;
      }
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`Waited ${limitMs} ms in vain for ${what}; last seen: ${String(last)}`);
    }
    await delay(everyMs);
  }
}
