import { cleanText } from '@milepost/shared/text';
import type { Clock } from './clock.ts';
import { contradictsClock, type Sight, sightOf } from './clockDoubt.ts';
import { LinkError } from './hostConnection.ts';
import type { HostFacts } from './hostFacts.ts';
import type { KeptConnection } from './keptConnection.ts';
import type { HostReading } from './reading.ts';
import type { JobsReader } from './readJobs.ts';
import type { Problem } from './view.ts';

/** What one look at a host gave. */
export interface HostLook {
  facts: HostFacts;
  reading: HostReading & { problem: Problem | null };
}

/** What the next look, and only that one, is to take into account. */
export interface LookWish {
  /** A person asked for it: what was answered badly before may be asked again. */
  isPersons: boolean;
  /** The network is another one: a kept connection that doesn't answer is taken for a dead one. */
  isNetworkNew: boolean;
}

/** A host whose clock was asked for in vain is not asked again before then: another host may write its files. */
const DOUBT_AGAIN_MS = 10 * 60_000;

/** Looks at a host over its kept connection. Throws a LinkError. */
export function createHostLook(
  kept: KeptConnection,
  reader: JobsReader,
  clock: Pick<Clock, 'steady'>,
  isPaused: () => boolean,
): { look(): Promise<HostLook>; wish: LookWish } {
  const wish: LookWish = { isPersons: false, isNetworkNew: false };
  let before: Sight | null = null;
  let doubtedInVain: number | null = null;

  async function lookOnce(isPersons: boolean): Promise<HostLook> {
    const { connection, facts } = await kept.open({ isPersons });
    const reading = await reader.read(connection, facts);
    const isDoubted = contradictsClock(reading, before) && mayDoubt();
    before = sightOf(reading);
    if (!isDoubted) return { facts, reading };
    if (!(await kept.askClock())) {
      doubtedInVain = clock.steady();
      return { facts, reading };
    }
    const opened = await kept.open({ isPersons });
    const again = await reader.read(opened.connection, opened.facts);
    before = sightOf(again);
    return { facts: opened.facts, reading: again };
  }

  function mayDoubt(): boolean {
    return doubtedInVain === null || clock.steady() - doubtedInVain > DOUBT_AGAIN_MS;
  }

  return {
    wish,
    /** A kept connection may have died unnoticed, which says nothing of the host: a new one is tried at once. */
    async look() {
      const { isPersons, isNetworkNew } = wish;
      wish.isPersons = false;
      wish.isNetworkNew = false;
      const isKept = kept.isOpen;
      try {
        return await lookOnce(isPersons);
      } catch (error) {
        if (!isKept || isPaused() || !(error instanceof LinkError) || error.refused) throw error;
        // No answer over a connection that should be fine is the host's silence; over an old network it says nothing.
        if (error.problem.kind === 'timeout' && !isNetworkNew) throw error;
        await kept.discard();
        return await lookOnce(isPersons);
      }
    },
  };
}

/** Whatever was thrown, as a fault of the link: a mistake of our own must not end the watch either. */
export function linkErrorIn(error: unknown): LinkError {
  if (error instanceof LinkError) return error;
  return new LinkError({
    kind: 'internal',
    what: `Reading the host failed in Milepost itself: ${cleanText(error instanceof Error ? error.message : String(error))}`,
    next: 'Please report this.',
  });
}
