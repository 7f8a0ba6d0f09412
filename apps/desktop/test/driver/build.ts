import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@milepost/testing/waitFor';
import { build } from 'esbuild';

// What the app tests need built: the app's own bundles, and the stand-in for Node 20.

export const APP_ROOT = join(import.meta.dirname, '../..');
const REPO_ROOT = join(APP_ROOT, '../..');
const STAND_IN_OUT = join(APP_ROOT, '.test-results/stand-in');

/** Everything that the app's bundles are made of. */
const SOURCES = [
  join(APP_ROOT, 'src'),
  join(APP_ROOT, 'icons'),
  join(APP_ROOT, 'electron.vite.config.ts'),
  join(REPO_ROOT, 'packages/shared/src'),
  join(REPO_ROOT, 'packages/monitor/src'),
];
const BUNDLES = ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html'];

/** Builds the app where its bundles are missing or older than their sources. Throws with what the build said. */
export async function buildApp(): Promise<void> {
  await mkdir(join(APP_ROOT, '.test-results'), { recursive: true });
  const lock = join(APP_ROOT, '.test-results/build.lock');
  // Two runs of the tests may start at once; a build takes seconds.
  await waitFor('the build of another test run', () => takeLock(lock), { limitMs: 120_000, everyMs: 100 });
  try {
    await buildIfOlder();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    // Empty for an instant while its owner writes.
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    return false;
  }
}

async function buildIfOlder(): Promise<void> {
  const built = BUNDLES.map((bundle) => join(APP_ROOT, bundle));
  const oldest = built.every((bundle) => existsSync(bundle))
    ? Math.min(...(await Promise.all(built.map(newestChange))))
    : 0;
  const newest = Math.max(...(await Promise.all(SOURCES.map(newestChange))));
  if (newest < oldest) return;
  try {
    await promisify(execFile)(
      process.execPath,
      [join(APP_ROOT, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'],
      // electron-vite looks for Electron's binary, which a build doesn't need.
      { cwd: APP_ROOT, env: { ELECTRON_OVERRIDE_DIST_PATH: '/nonexistent', ...process.env } },
    );
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`The app could not be built: ${String(error)}\n${said}`);
  }
}

/** A zombie counts as alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function newestChange(path: string): Promise<number> {
  const own = await stat(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const entries = await readdir(path);
  return Math.max(own.mtimeMs, ...(await Promise.all(entries.map((name) => newestChange(join(path, name))))));
}

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
