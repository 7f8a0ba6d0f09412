import { useEffect, useState } from 'react';

/**
 * What `ask` answers, asked again `everyMs` after each answer while `asking`; null before the first. `ask` has to stay
 * the same function as long as the same thing is asked. An answer that fails leaves the one before.
 */
export function useAsked<T>(ask: () => Promise<T>, everyMs: number, asking: boolean): T | null {
  const [answer, setAnswer] = useState<T | null>(null);
  useEffect(() => {
    if (!asking) return;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      const got = await ask().catch((error: unknown) => {
        console.warn(`An answer did not come: ${String(error)}`);
      });
      if (ended) return;
      if (got !== undefined) setAnswer(got);
      timer = setTimeout(() => void next(), everyMs);
    };
    void next();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [ask, everyMs, asking]);
  return answer;
}
