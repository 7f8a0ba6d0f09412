import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';

/** What a file or a folder is by its content; the hash is that of the host's records. */
export interface Measure {
  bytes: number;
  sha256: string;
}

const MAX_NAMES = 1000;

/** `dataset.npz`, then `dataset (2).npz`, `dataset (3).npz`. Pure. */
export function numberedName(name: string, number: number): string {
  if (number < 2) return name;
  const { name: stem, ext } = parse(name);
  return `${stem} (${number})${ext}`;
}

/** The path of a name in a folder. Throws a RangeError where it would lie anywhere else. */
export function pathInside(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (dirname(path) !== resolve(folder))
    throw new RangeError(`Not a name in ${folder}: ${JSON.stringify(name)}`);
  return path;
}

/** Where the same content lies already under this name or a numbered one; null: nowhere. */
export async function findSame(folder: string, name: string, measure: Measure): Promise<string | null> {
  for (let number = 1; number <= MAX_NAMES; number += 1) {
    const path = pathInside(folder, numberedName(name, number));
    const stat = await lstat(path).catch(() => null);
    if (stat === null) return null;
    if (!stat.isFile() && !stat.isDirectory()) continue;
    if (stat.isFile() && stat.size !== measure.bytes) continue;
    const found = stat.isFile() ? await measureFile(path) : await measureFolder(path);
    if (found?.sha256 === measure.sha256 && found.bytes === measure.bytes) return path;
  }
  return null;
}

/** Moves what was fetched to its name, or to the first numbered one that is free: nothing is ever replaced. */
export async function placeFree(
  from: string,
  folder: string,
  name: string,
  isFolder: boolean,
): Promise<string> {
  for (let number = 1; number <= MAX_NAMES; number += 1) {
    const path = pathInside(folder, numberedName(name, number));
    if ((await lstat(path).catch(() => null)) !== null) continue;
    if (isFolder) {
      await rename(from, path);
      return path;
    }
    try {
      // Unlike a rename, a link fails where something came there in the meantime.
      await link(from, path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'EEXIST') continue;
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
      // A file system without links, such as that of a memory card.
      await rename(from, path);
      return path;
    }
    await unlink(from);
    return path;
  }
  throw new Error(`There are ${MAX_NAMES} files called ${name} in ${folder}.`);
}

async function measureFile(path: string): Promise<Measure> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Null: it holds something that is neither a file nor a folder. */
async function measureFolder(folder: string): Promise<Measure | null> {
  const files: FolderFile[] = [];
  const walk = async (relative: string): Promise<boolean> => {
    for (const entry of await readdir(join(folder, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!(await walk(path))) return false;
      } else if (entry.isFile()) files.push({ path, ...(await measureFile(join(folder, path))) });
      else return false;
    }
    return true;
  };
  return (await walk('')) ? measureOfFolder(files) : null;
}

export interface FolderFile extends Measure {
  /** Relative to the folder, with `/`. */
  path: string;
}

/** A folder's measure as the host's records have it: of its files' paths, sizes and hashes in code-unit order. Pure. */
export function measureOfFolder(files: readonly FolderFile[]): Measure {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    hash.update(`${JSON.stringify([file.path, file.bytes, file.sha256])}\n`);
    bytes += file.bytes;
  }
  return { bytes, sha256: hash.digest('hex') };
}
