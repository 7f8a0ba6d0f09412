import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { buildStandIn } from '../../apps/desktop/test/driver/build.ts';
import { ensureAppBuilt } from '../../scripts/ensureBuilt.mjs';
import type { PartMeasured } from '../page/record.ts';
import { measureParts } from '../speed/measureParts.ts';
import { background } from './background.ts';
import { opening } from './opening.ts';

/** Relative to the project's folder, in which the bench runs. */
const EMPTY_MAIN = 'bench/app/emptyMain.mjs';

/**
 * Measures every part of the app whose name holds `only`; needs a real sshd and Chromium, and Linux for the figures of
 * its processes.
 *
 * @param root a folder to work in
 */
export async function compareApp(root: string, only: string): Promise<PartMeasured> {
  const load = loadavg()[0] ?? 0;
  console.log(`Load ${load.toFixed(1)} on ${cpus().length} cores.`);
  if (load > 1) console.log('Others work on this machine: the figures of the app are theirs too.');
  await ensureAppBuilt();
  await buildStandIn();
  return measureParts(root, only, [
    ['opening', (under) => opening(under)],
    ['background', (under) => background(under, join(process.cwd(), EMPTY_MAIN))],
  ]);
}
