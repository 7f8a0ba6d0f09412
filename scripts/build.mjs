import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildAgent } from './buildAgent.mjs';
import { isMain, lastLines, projectRoot, runQuietly, runScript, ScriptError } from './runScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

const desktop = join(projectRoot, 'apps/desktop');

/**
 * Builds the app: main, preload and renderer.
 *
 * @returns {Promise<string[]>} the files that were made
 */
async function buildApp() {
  const { ok, output, ended } = await runQuietly(
    [process.execPath, join(desktop, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'],
    { cwd: desktop },
  );
  if (!ok) {
    throw new ScriptError(
      `Building the app failed (${ended}). The end of what electron-vite said:\n${lastLines(output)}`,
    );
  }
  const out = join(desktop, 'out');
  const entries = await readdir(out, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** @param {number} bytes */
const kilobytes = (bytes) => `${Math.max(1, Math.round(bytes / 1000)).toLocaleString('en')} kB`;

/**
 * Builds the agent and the app, and prints what was made unless it is to be quiet.
 *
 * @param {{ quiet?: boolean }} [options]
 * @throws {ScriptError} when the app does not build
 */
export async function buildAll({ quiet = false } = {}) {
  const agent = await buildAgent();
  const files = [agent.file, ...(await buildApp())];
  if (quiet) return;
  const icons = files.filter((file) => file.endsWith('.png'));
  console.log('Built:');
  for (const file of files) {
    if (icons.includes(file)) continue;
    const { size } = await stat(file);
    console.log(`${kilobytes(size).padStart(10)}  ${relative(projectRoot, file)}`);
  }
  if (icons.length > 0) console.log(`${' '.repeat(12)}and ${icons.length} icons`);
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    ensureNode();
    await ensurePackages();
    await buildAll();
  });
}
