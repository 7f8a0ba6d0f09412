import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureAgentBuilt } from '../../../scripts/ensureBuilt.mjs';

/**
 * Makes an agent of another version in `dir`: the built one, with `word`, which stands in it once, as `other`.
 *
 * @returns its path.
 */
export async function makeOtherAgent(
  dir: string,
  version: string,
  word: string,
  other: string,
): Promise<string> {
  const parts = (await readFile(await ensureAgentBuilt(), 'utf8')).split(word);
  if (parts.length !== 2) throw new Error(`${word} stands ${parts.length - 1} times in the built agent.`);
  const file = join(dir, `agent-${version}.mjs`);
  await writeFile(file, parts.join(other));
  return file;
}

/**
 * Puts a built agent where a host has it: the file of its version, and the wrapper that every watcher calls.
 *
 * @param home the host's $HOME.
 * @returns the wrapper's path.
 */
export async function installAgent(home: string, builtAgent: string, version: string): Promise<string> {
  const folder = join(home, '.local/share/milepost', version);
  const bin = join(home, '.local/bin');
  await mkdir(folder, { recursive: true });
  await mkdir(bin, { recursive: true });
  await copyFile(builtAgent, join(folder, 'milepost.mjs'));
  const wrapper = join(bin, 'milepost');
  const file = `$HOME/.local/share/milepost/${version}/milepost.mjs`;
  await writeFile(wrapper, `#!/bin/sh\nexec '${process.execPath}' "${file}" "$@"\n`, { mode: 0o755 });
  return wrapper;
}
