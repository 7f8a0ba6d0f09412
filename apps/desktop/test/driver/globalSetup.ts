import { buildApp, buildStandIn } from './build.ts';

/** Before the first test: what the tests run is built from the sources as they are now. */
export async function setup(): Promise<void> {
  await buildApp();
  await buildStandIn();
}
