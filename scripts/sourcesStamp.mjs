import { createHash } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// What is built carries a hash of its sources in itself, so that both are replaced at once.

/**
 * One hash over everything that something is built from.
 *
 * @param {readonly string[]} sources files and folders, relative to `root`; one that isn't there has no files
 * @param {string} root
 * @returns {Promise<string>}
 */
export async function sourcesStamp(sources, root) {
  const hash = createHash('sha256');
  for (const source of sources) {
    const path = join(root, source);
    for (const file of await filesUnder(path)) {
      hash
        .update(`${file.slice(root.length)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} path a file or a folder; one that isn't there has no files
 * @returns {Promise<string[]>} in a fixed order
 */
export async function filesUnder(path) {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return null;
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The line that stands among the first of a built file of JavaScript.
 *
 * @param {string} stamp
 */
export const stampLine = (stamp) => `// milepost sources ${stamp}`;

/**
 * The stamp of the sources that a built file was made from.
 *
 * @param {string} file
 * @returns {Promise<string | undefined>} undefined where there is no built file, or one without a stamp
 */
export async function stampOf(file) {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    return /^\/\/ milepost sources ([0-9a-f]{64})$/m.exec(buffer.toString('utf8', 0, bytesRead))?.[1];
  } finally {
    await handle.close();
  }
}
