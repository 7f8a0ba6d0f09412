import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Everything in a folder: the content of each file by its path. To see that nothing was touched. */
export async function treeOf(dir: string, leaveOut: readonly string[] = []): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of (await readdir(dir, { recursive: true })).sort()) {
    if (leaveOut.includes(name)) continue;
    const stat = await lstat(join(dir, name));
    tree[name] = stat.isFile()
      ? await readFile(join(dir, name), 'latin1')
      : stat.isDirectory()
        ? 'folder'
        : '?';
  }
  return tree;
}
