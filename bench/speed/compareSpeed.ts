import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { echoBatches } from './agentRun.ts';
import { copyCommit, largeCommit, smallCommit } from './commits.ts';
import { progressRewrite } from './progress.ts';
import type { SpeedResult } from './result.ts';
import { resumeScan } from './resumeScan.ts';

/**
 * Measures everything whose name holds `only`.
 *
 * @param root a folder on the disk to measure
 * @param agent the built agent
 */
export async function compareSpeed(root: string, agent: string, only: string): Promise<SpeedResult[]> {
  const under = mkdtempSync(join(root, 'milepost-bench-'));
  const parts: [string, () => Promise<SpeedResult | SpeedResult[]>][] = [
    ['small-commit', () => smallCommit(under)],
    ['large-commit', () => largeCommit(under)],
    ['large-commit', () => copyCommit(under)],
    ['progress', () => progressRewrite(under)],
    ['resume-scan', () => resumeScan(under, agent, 10_000, 200)],
    ['resume-scan', () => resumeScan(under, agent, 100_000, 1500)],
    ['echo', () => echoBatches(under, agent)],
  ];
  const results: SpeedResult[] = [];
  try {
    for (const [name, measure] of parts) {
      if (!name.includes(only)) continue;
      for (const result of [await measure()].flat()) {
        const sides = result.against === '' ? '' : `: ${result.ours} against ${result.against}`;
        console.log(`${result.measured.padStart(9)}  (goal ${result.goal})  ${result.what}${sides}`);
        if (result.note !== null) console.log(`${' '.repeat(11)}${result.note}`);
        results.push(result);
      }
    }
  } finally {
    rmSync(under, { recursive: true, force: true });
  }
  return results;
}
