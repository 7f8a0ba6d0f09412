import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

// The stand-in for Electron, built for Node 20.

export const APP_ROOT = join(import.meta.dirname, '../..');
const STAND_IN_OUT = join(APP_ROOT, '.test-results/stand-in');

let standIn: Promise<string> | undefined;

/** Bundles the stand-in, once per process; resolves with the path of its module. */
export function buildStandIn(): Promise<string> {
  standIn ??= bundleStandIn();
  return standIn;
}

async function bundleStandIn(): Promise<string> {
  const source = join(import.meta.dirname, 'standIn');
  // Test files run side by side: each builds beside and puts its files in place whole.
  const beside = `${STAND_IN_OUT}.${process.pid}`;
  await build({
    entryPoints: [join(source, 'electron.ts')],
    outfile: join(beside, 'electron.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['playwright-core'],
    logLevel: 'error',
  });
  await build({
    entryPoints: [join(source, 'pageWorld.ts'), join(source, 'preloadWorld.ts')],
    outdir: beside,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    logLevel: 'error',
  });
  await mkdir(STAND_IN_OUT, { recursive: true });
  for (const name of await readdir(beside)) await rename(join(beside, name), join(STAND_IN_OUT, name));
  await rm(beside, { recursive: true, force: true });
  return join(STAND_IN_OUT, 'electron.mjs');
}
