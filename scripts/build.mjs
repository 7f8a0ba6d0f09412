import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { buildAgent } from './buildAgent.mjs';
import { buildApp } from './buildApp.mjs';
import { isMain, projectRoot, runScript } from './runScript.mjs';
import { ensureNode, ensurePackages } from './setup.mjs';

/** @param {number} bytes */
const kilobytes = (bytes) => `${Math.max(1, Math.round(bytes / 1000)).toLocaleString('en')} kB`;

/**
 * Builds the agent and the app, and prints what was made.
 *
 * @throws {import('./runScript.mjs').ScriptError} when the app does not build
 */
export async function buildAll() {
  const agent = await buildAgent();
  const files = [agent.file, ...(await buildApp())];
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
