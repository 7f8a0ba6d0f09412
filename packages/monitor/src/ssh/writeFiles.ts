import type { SFTPWrapper } from 'ssh2';
import type { PathFault, WriteAnswer } from '../hostConnection.ts';
import { faultOf, handleOf, NONSENSE } from './sftpAnswers.ts';
import type { Done } from './sftpHandles.ts';

// Each operation that writes, over one open SFTP channel. Nothing here keeps time: see pendingCalls.ts.

/** What every server takes in one message. */
const PIECE_BYTES = 32 * 1024;
/** Pieces under way at the same time: enough to hide the round trips of a distant host. */
const WINDOW = 16;

const WRITTEN: WriteAnswer = { kind: 'written' };

function answered(done: Done<WriteAnswer>): (error: Error | null | undefined) => void {
  return (error) => done(error ? faultOf(error) : WRITTEN);
}

export function makeFolder(sftp: SFTPWrapper, path: string, mode: number, done: Done<WriteAnswer>): void {
  sftp.mkdir(path, { mode }, answered(done));
}

export type OpenNew = { kind: 'handle'; handle: Buffer } | PathFault;

/** Makes a file and opens it; fails where there is one. */
export function openNew(sftp: SFTPWrapper, path: string, mode: number, done: Done<OpenNew>): void {
  sftp.open(path, 'wx', { mode }, (error: Error | undefined, raw?: unknown) => {
    const handle = handleOf(raw);
    if (error) done(faultOf(error));
    else done(handle === null ? NONSENSE : { kind: 'handle', handle });
  });
}

export function writePiece(
  sftp: SFTPWrapper,
  handle: Buffer,
  from: number,
  piece: Uint8Array,
  done: Done<WriteAnswer>,
): void {
  sftp.write(handle, Buffer.from(piece), 0, piece.length, from, answered(done));
}

/** Writes in pieces, some of them at the same time; the first that fails ends it. Throws what `write` throws. */
export async function writePieces(
  bytes: Uint8Array,
  onBytes: (count: number) => void,
  write: (from: number, piece: Uint8Array) => Promise<WriteAnswer>,
): Promise<WriteAnswer> {
  let next = 0;
  let fault: PathFault | null = null;
  async function work(): Promise<void> {
    while (fault === null && next < bytes.length) {
      const from = next;
      const piece = bytes.subarray(from, from + PIECE_BYTES);
      next += piece.length;
      const answer = await write(from, piece);
      if (answer.kind === 'written') onBytes(piece.length);
      else fault ??= answer;
    }
  }
  await Promise.all(Array.from({ length: WINDOW }, work));
  return fault ?? WRITTEN;
}

/** Sets the mode, has the file put on the disk where the server can, and closes it. */
export function closeWritten(sftp: SFTPWrapper, handle: Buffer, mode: number, done: Done<WriteAnswer>): void {
  sftp.fchmod(handle, mode, (modeError) => {
    const close = (): void => sftp.close(handle, (error) => answered(done)(modeError ?? error));
    try {
      // A server that can't, or that fails, says so when the file is closed or held against its hash.
      sftp.ext_openssh_fsync(handle, close);
    } catch {
      close();
    }
  });
}

/** Over whatever is there. Servers other than OpenSSH's rename only where nothing is. */
export function replaceFile(sftp: SFTPWrapper, from: string, to: string, done: Done<WriteAnswer>): void {
  try {
    sftp.ext_openssh_rename(from, to, answered(done));
  } catch {
    sftp.rename(from, to, answered(done));
  }
}

export function removeFile(sftp: SFTPWrapper, path: string, done: Done<WriteAnswer>): void {
  sftp.unlink(path, answered(done));
}
