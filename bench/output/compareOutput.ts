import type { PartMeasured } from '../page/record.ts';
import { measureParts } from '../speed/measureParts.ts';
import { endlessLine, plainLines, randomBytes, readFlood, redraws } from './floods.ts';
import { passOn } from './passOn.ts';

/** Measures how fast the agent takes in and passes on what a program prints, of each flood whose name holds `only`. */
export async function compareOutput(root: string, agent: string, only: string): Promise<PartMeasured> {
  return measureParts(root, only, [
    ['pass-on', (under) => passOn(under, agent)],
    ['plain-lines', async () => readFlood('plain lines', plainLines())],
    ['redraws', async () => readFlood("tqdm's redraws", redraws())],
    ['random-bytes', async () => readFlood('random bytes', randomBytes())],
    ['endless-line', async () => readFlood('a line without an end', endlessLine())],
  ]);
}
