import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
  const under = mkdtempSync(join(root, 'mp-'));
  const parts: [string, () => Promise<SpeedResult | SpeedResult[]>][] = [
    ['poll', () => onePoll(under)],
    ['watch-once', () => watchOnce(under, agent)],
    ['last-write', () => lastWrite(under)],
    ['fleet', () => fleet(under)],
  ];
  const results: SpeedResult[] = [];
  try {
    for (const [name, measure] of parts) {
      if (!name.includes(only)) continue;
      for (const result of [await measure()].flat()) {
        console.log(`${result.measured.padStart(9)}  (goal ${result.goal})  ${result.what}`);
        if (result.note !== null) console.log(`${' '.repeat(11)}${result.note}`);
        results.push(result);
      }
    }
  } finally {
    rmSync(under, { recursive: true, force: true });
  }
  return results;
}
