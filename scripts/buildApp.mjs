import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { lastLines, projectRoot, runQuietly, ScriptError } from './runScript.mjs';
import { filesUnder, sourcesStamp, stampLine, stampOf } from './sourcesStamp.mjs';

const desktop = join(projectRoot, 'apps/desktop');

/** Where the app is built: what Electron starts, and what the package holds. */
const appFolder = join(desktop, 'out');

/** The bundle that is started, and carries the stamp. */
const MAIN = 'main/index.js';
const BUNDLES = [MAIN, 'preload/index.cjs', 'renderer/index.html'];

/** Which folders and files the app is made of: a change in any of them makes it stale. */
const sources = [
  'apps/desktop/src',
  'apps/desktop/icons/tray',
  'apps/desktop/electron.vite.config.ts',
  'apps/desktop/package.json',
  'packages/shared/src',
  'packages/monitor/src',
  'scripts/buildApp.mjs',
  'pnpm-lock.yaml',
];

/**
 * Whether the built app is there, and of the sources as they are now.
 *
 * @param {string} [folder]
 */
export async function appIsBuilt(folder = appFolder) {
  if (!BUNDLES.every((bundle) => existsSync(join(folder, bundle)))) return false;
  return (await stampOf(join(folder, MAIN))) === (await sourcesStamp(sources, projectRoot));
}

/**
 * Builds the app: main, preload and renderer. It is built elsewhere and put in place file by file, so that there is
 * always one to be started, also while it is built anew.
 *
 * @param {string} [folder] another place, for tests
 * @returns {Promise<string[]>} the files that were made
 * @throws {ScriptError} with the end of what the build said
 */
export async function buildApp(folder = appFolder) {
  const stamp = await sourcesStamp(sources, projectRoot);
  const beside = join(dirname(folder), `dist/app.${randomUUID()}`);
  try {
    await bundle(beside);
    const main = join(beside, MAIN);
    await writeFile(main, `${stampLine(stamp)}\n${await readFile(main, 'utf8')}`);
    return await putInPlace(beside, folder);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function bundle(folder) {
  const electronVite = join(desktop, 'node_modules/electron-vite/bin/electron-vite.js');
  const { ok, output, ended } = await runQuietly(
    [process.execPath, electronVite, 'build', '--outDir', folder],
    {
      cwd: desktop,
      // It looks for Electron's binary, which a build doesn't need.
      env: { ELECTRON_OVERRIDE_DIST_PATH: '/nonexistent', ...process.env },
    },
  );
  if (ok) return;
  throw new ScriptError(
    `Building the app failed (${ended}). The end of what electron-vite said:\n${lastLines(output)}`,
  );
}

/**
 * @param {string} built
 * @param {string} folder
 * @returns {Promise<string[]>} the files, in their place
 */
async function putInPlace(built, folder) {
  const names = (await filesUnder(built)).map((file) => relative(built, file));
  // The one with the stamp comes last: until then what is there counts as stale.
  for (const name of [...names.filter((each) => each !== MAIN), MAIN]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await rename(join(built, name), join(folder, name));
  }
  for (const file of await filesUnder(folder)) {
    if (!names.includes(relative(folder, file))) await rm(file, { force: true });
  }
  return names.map((name) => join(folder, name));
}
