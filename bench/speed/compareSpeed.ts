import type { PartMeasured } from '../page/record.ts';
import { echoBatches } from './agentRun.ts';
import { copyCommit, largeCommit, smallCommit } from './commits.ts';
import { measureParts } from './measureParts.ts';
import { progressRewrite } from './progress.ts';
import { resumeScan } from './resumeScan.ts';

/**
 * Measures everything whose name holds `only`.
 *
 * @param root a folder on the disk to measure
 * @param agent the built agent
 */
export async function compareSpeed(root: string, agent: string, only: string): Promise<PartMeasured> {
  return measureParts(root, only, [
    ['small-commit', (under) => smallCommit(under)],
    ['large-commit', (under) => largeCommit(under)],
    ['large-commit', (under) => copyCommit(under)],
    ['progress', (under) => progressRewrite(under)],
    ['resume-scan', (under) => resumeScan(under, agent, 10_000, 200)],
    ['resume-scan', (under) => resumeScan(under, agent, 100_000, 1500)],
    ['echo', (under) => echoBatches(under, agent)],
  ]);
}
