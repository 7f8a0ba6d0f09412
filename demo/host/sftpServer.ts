import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Attributes, type FileEntry, type SFTPWrapper, utils } from 'ssh2';
import { isAllowedPath, isOfTheSystem } from './allowedPaths.ts';

const { STATUS_CODE, OPEN_MODE } = utils.sftp;
const MAX_READ_BYTES = 256 * 1024;

type Handle = { kind: 'file'; file: FileHandle } | { kind: 'folder'; names: string[]; path: string };

/**
 * Serves `home` for reading over one SFTP channel; what leads out of it, by `..` or by a link, is denied. Requests that
 * are not handled here (every one that writes) ssh2 answers as not supported.
 */
export function serveSftp(sftp: SFTPWrapper, home: string): void {
  const handles = new Map<number, Handle>();
  let lastHandle = 0;

  /** Does what a request wants and answers it; a failure becomes its status. */
  function answer(id: number, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      sftp.status(id, error instanceof Denied ? STATUS_CODE.PERMISSION_DENIED : statusOf(error));
    });
  }
  /** The path that a request means, with its links resolved (`last`: the last one too). Throws {@link Denied}. */
  async function allowed(path: string, last = true): Promise<string> {
    const plain = resolve(home, path);
    if (!isAllowedPath(plain, home)) throw new Denied();
    if (isOfTheSystem(plain)) return plain;
    const real = last ? await realpath(plain) : join(await realpath(dirname(plain)), basename(plain));
    if (!isAllowedPath(real, home)) throw new Denied();
    return real;
  }
  function keep(handle: Handle): Buffer {
    lastHandle += 1;
    handles.set(lastHandle, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(lastHandle);
    return name;
  }
  function held(name: Buffer): Handle | undefined {
    return name.length === 4 ? handles.get(name.readUInt32BE(0)) : undefined;
  }

  sftp.on('REALPATH', (id, path) => answer(id, async () => sftp.name(id, [nameOf(await allowed(path))])));
  sftp.on('STAT', (id, path) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await stat(await allowed(path))))),
  );
  sftp.on('LSTAT', (id, path) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await lstat(await allowed(path, false))))),
  );
  sftp.on('READLINK', (id, path) =>
    answer(id, async () => sftp.name(id, [nameOf(await readlink(await allowed(path, false)))])),
  );
  sftp.on('OPEN', (id, path, flags) =>
    answer(id, async () => {
      if (flags !== OPEN_MODE.READ) throw new Denied();
      sftp.handle(id, keep({ kind: 'file', file: await open(await allowed(path), 'r') }));
    }),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(id, async () => {
      const folder = await allowed(path);
      sftp.handle(id, keep({ kind: 'folder', path: folder, names: await readdir(folder) }));
    }),
  );
  sftp.on('READDIR', (id, name) =>
    answer(id, async () => {
      const handle = held(name);
      if (handle?.kind !== 'folder') return void sftp.status(id, STATUS_CODE.FAILURE);
      const names = handle.names.splice(0, 100);
      if (names.length === 0) return void sftp.status(id, STATUS_CODE.EOF);
      sftp.name(
        id,
        await Promise.all(
          names.map(async (each) => ({
            filename: each,
            longname: each,
            attrs: attributesOf(await lstat(resolve(handle.path, each))),
          })),
        ),
      );
    }),
  );
  sftp.on('FSTAT', (id, name) =>
    answer(id, async () => {
      const handle = held(name);
      if (handle?.kind !== 'file') return void sftp.status(id, STATUS_CODE.FAILURE);
      sftp.attrs(id, attributesOf(await handle.file.stat()));
    }),
  );
  sftp.on('READ', (id, name, offset, length) =>
    answer(id, async () => {
      const handle = held(name);
      if (handle?.kind !== 'file') return void sftp.status(id, STATUS_CODE.FAILURE);
      const bytes = Buffer.alloc(Math.min(length, MAX_READ_BYTES));
      const { bytesRead } = await handle.file.read(bytes, 0, bytes.length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, bytes.subarray(0, bytesRead));
    }),
  );
  sftp.on('CLOSE', (id, name) =>
    answer(id, async () => {
      const handle = held(name);
      if (handle === undefined) return void sftp.status(id, STATUS_CODE.FAILURE);
      handles.delete(name.readUInt32BE(0));
      if (handle.kind === 'file') await handle.file.close();
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  // Without its end the system's own scp would hang.
  sftp.on('end', () => sftp.end());
  sftp.on('error', () => undefined);
  sftp.on('close', () => {
    for (const handle of handles.values()) if (handle.kind === 'file') void handle.file.close();
    handles.clear();
  });
}

class Denied extends Error {}

/** A path alone: protocol version 3 wants attributes beside it, which nobody looks at. */
function nameOf(path: string): FileEntry {
  const attrs = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  return { filename: path, longname: path, attrs };
}

function attributesOf(stats: Stats): Attributes {
  return {
    mode: stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  };
}

function statusOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return STATUS_CODE.NO_SUCH_FILE;
  if (code === 'EACCES' || code === 'EPERM') return STATUS_CODE.PERMISSION_DENIED;
  return STATUS_CODE.FAILURE;
}
