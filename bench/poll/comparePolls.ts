import type { PartMeasured } from '../page/record.ts';
import { measureParts } from '../speed/measureParts.ts';
import { fleet } from './fleet.ts';
import { lastWrite } from './lastWrite.ts';
import { onePoll } from './onePoll.ts';
import { watchOnce } from './watchOnce.ts';

/**
 * Measures every part of watching whose name holds `only`; needs a real sshd.
 *
 * @param root a folder to work in
 * @param agent the built agent
 */
export async function comparePolls(root: string, agent: string, only: string): Promise<PartMeasured> {
  return measureParts(root, only, [
    ['poll', (under) => onePoll(under)],
    ['watch-once', (under) => watchOnce(under, agent)],
    ['last-write', (under) => lastWrite(under)],
    ['fleet', (under) => fleet(under)],
  ]);
}
