import type { PartMeasured } from '../page/record.ts';
import { measureParts } from '../speed/measureParts.ts';
import { cleanRun, tinyBatches } from './cleanRuns.ts';
import { whatCounts } from './harm.ts';
import { killedAlone, killedAtHalf } from './killedRuns.ts';
import { syncsOfBatch } from './synced.ts';

/** Measures batches by Milepost beside GNU parallel with `--joblog --resume`, of each thing whose name holds `only`. */
export async function compareBatches(root: string, agent: string, only: string): Promise<PartMeasured> {
  return measureParts(root, only, [
    ['clean', (under) => cleanRun(under, agent, 1)],
    ['clean', (under) => cleanRun(under, agent, 2)],
    ['tiny', (under) => tinyBatches(under, agent)],
    ['killed', (under) => killedAtHalf(under, agent)],
    ['alone', (under) => killedAlone(under, agent)],
    ['harm', (under) => whatCounts(under, agent)],
    ['syncs', (under) => syncsOfBatch(under, agent)],
  ]);
}
