import { measureParts } from '../speed/measureParts.ts';
import type { SpeedResult } from '../speed/result.ts';
import { endlessLine, plainLines, randomBytes, readFlood, redraws } from './floods.ts';

/** Measures how fast the agent takes in what a program prints, of each kind of flood whose name holds `only`. */
export async function compareOutput(root: string, only: string): Promise<SpeedResult[]> {
  return measureParts(root, only, [
    ['plain-lines', async () => readFlood('plain lines', plainLines())],
    ['redraws', async () => readFlood("tqdm's redraws", redraws())],
    ['random-bytes', async () => readFlood('random bytes', randomBytes())],
    ['endless-line', async () => readFlood('a line without an end', endlessLine())],
  ]);
}
