import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SpeedResult } from './result.ts';

/** A part of what is measured, by the name that `--only` knows it by; `under` is a folder of its own to work in. */
export type Part = [name: string, measure: (under: string) => Promise<SpeedResult | SpeedResult[]>];

/** Measures the parts whose name holds `only`, one after the other in a new folder below `root`, and prints each result. */
export async function measureParts(
  root: string,
  only: string,
  parts: readonly Part[],
): Promise<SpeedResult[]> {
  // A short name: sockets lie in it, whose paths have a limit of about 100 bytes.
  const under = mkdtempSync(join(root, 'mp-'));
  const results: SpeedResult[] = [];
  try {
    for (const [name, measure] of parts) {
      if (!name.includes(only)) continue;
      for (const result of [await measure(under)].flat()) {
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
