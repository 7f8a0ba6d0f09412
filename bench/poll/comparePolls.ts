import { measureParts } from '../speed/measureParts.ts';
import type { SpeedResult } from '../speed/result.ts';
import { fleet, lastWrite } from './fleet.ts';
import { onePoll } from './onePoll.ts';
import { watchOnce } from './watchOnce.ts';

/**
 * Measures every part of watching whose name holds `only`; needs a real sshd.
 *
 * @param root a folder to work in
 * @param agent the built agent
 */
export async function comparePolls(root: string, agent: string, only: string): Promise<SpeedResult[]> {
  return measureParts(root, only, [
    ['poll', (under) => onePoll(under)],
    ['watch-once', (under) => watchOnce(under, agent)],
    ['last-write', (under) => lastWrite(under)],
    ['fleet', (under) => fleet(under)],
  ]);
}
