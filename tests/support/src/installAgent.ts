import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
