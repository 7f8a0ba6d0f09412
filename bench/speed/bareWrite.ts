import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a careful script does to save a file, and no more: write, fsync, rename, fsync of the folder. */
export function bareAtomicWrite(path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w');
  writeSync(file, content);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** fsync of an existing file, then its rename. */
export function bareSyncAndRename(from: string, to: string): void {
  const file = openSync(from, 'r');
  fsyncSync(file);
  closeSync(file);
  renameSync(from, to);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
