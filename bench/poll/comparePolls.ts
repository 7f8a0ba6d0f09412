import type { PartMeasured } from '../page/record.ts';
import { measureParts } from '../speed/measureParts.ts';
import { fleet } from './fleet.ts';
import { lastWrite } from './lastWrite.ts';
import { onePoll, POLLS } from './onePoll.ts';
import { LOOKS, watchOnce } from './watchOnce.ts';

/**
 * Measures every part of watching whose name holds `only`; needs a real sshd.
 *
 * @param root a folder to work in
 * @param agent the built agent
 */
export async function comparePolls(root: string, agent: string, only: string): Promise<PartMeasured> {
  const measured = await measureParts(root, only, [
    ['poll', (under) => onePoll(under)],
    ['watch-once', (under) => watchOnce(under, agent)],
    ['last-write', (under) => lastWrite(under)],
    ['fleet', (under) => fleet(under)],
  ]);
  const notes = [
    `Medians of ${POLLS} polls at each distance and of ${LOOKS} pairs of \`watch --once\`; CPU is the mean, that of the relay included.`,
  ];
  return { ...measured, notes: measured.results.length === 0 ? [] : notes };
}
