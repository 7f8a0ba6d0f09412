import { ensureAppBuilt } from '../../../../scripts/ensureBuilt.mjs';
import { buildStandIn } from './build.ts';

/** Before the first test: what the tests run is built from the sources as they are now. */
export async function setup(): Promise<void> {
  await ensureAppBuilt();
  await buildStandIn();
}
