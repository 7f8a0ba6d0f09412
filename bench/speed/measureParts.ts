import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { emptyPart, type PartMeasured } from '../page/record.ts';
import type { SpeedResult } from './result.ts';

/** A thing that is measured, by the name that `--only` knows it by; `under` is a folder of its own to work in. */
export type Part = [
  name: string,
  measure: (under: string) => Promise<SpeedResult | SpeedResult[] | PartMeasured>,
];

/**
 * Measures the things whose name holds `only`, one after the other in a new folder below `root`, and prints each
 * result. One that can't be measured is told with its reason; the others still are.
 */
export async function measureParts(
  root: string,
  only: string,
  parts: readonly Part[],
): Promise<PartMeasured> {
  // A short name: sockets lie in it, whose paths have a limit of about 100 bytes.
  const under = mkdtempSync(join(root, 'mp-'));
  const all = emptyPart();
  try {
    for (const [name, measure] of parts) {
      if (!name.includes(only)) continue;
      const began = performance.now();
      try {
        const { results, tables } = asPart(await measure(under));
        results.forEach(print);
        all.results.push(...results);
        all.tables.push(...tables);
        console.log(`${' '.repeat(11)}${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
      } catch (error) {
        const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
        console.error(`  FAILED  ${name}: ${reason}`);
        all.unmeasured.push({ what: name, reason });
      }
    }
  } finally {
    rmSync(under, { recursive: true, force: true });
  }
  return all;
}

function asPart(measured: SpeedResult | SpeedResult[] | PartMeasured): PartMeasured {
  if (Array.isArray(measured)) return { ...emptyPart(), results: measured };
  return 'results' in measured ? measured : { ...emptyPart(), results: [measured] };
}

function print({ what, ours, against, measured, goal, note }: SpeedResult): void {
  const sides = against === '' ? '' : `: ${ours} against ${against}`;
  console.log(`${measured.padStart(9)}${goal === null ? '' : `  (goal ${goal})`}  ${what}${sides}`);
  if (note !== null) console.log(`${' '.repeat(11)}${note}`);
}
