import { cleanText } from '@milepost/shared/text';
import type { SFTPWrapper, Stats } from 'ssh2';
import type {
  BytesAnswer,
  LinkTargetAnswer,
  ListAnswer,
  PathFault,
  ReadAnswer,
  ReadCaps,
  StatAnswer,
} from '../hostConnection.ts';

// Each operation over one open SFTP channel, with ssh2's callbacks. Nothing here keeps time: see pendingCalls.ts.

const READ_BYTES = 32 * 1024;

/** SFTP's own status codes. */
const STATUS = { eof: 1, noSuchFile: 2, permissionDenied: 3 } as const;

type Done<T> = (value: T) => void;

function codeOf(error: Error): number | null {
  return 'code' in error && typeof error.code === 'number' ? error.code : null;
}

export function pathFaultOf(error: Error): PathFault {
  const code = codeOf(error);
  if (code === STATUS.noSuchFile) return { kind: 'missing' };
  if (code === STATUS.permissionDenied) return { kind: 'denied' };
  return { kind: 'failed', reason: cleanText(error.message) };
}

export function statPath(sftp: SFTPWrapper, path: string, done: Done<StatAnswer>): void {
  sftp.stat(path, (error, stats) => done(error ? pathFaultOf(error) : statAnswerOf(stats)));
}

export function lstatPath(sftp: SFTPWrapper, path: string, done: Done<StatAnswer>): void {
  sftp.lstat(path, (error, stats) => done(error ? pathFaultOf(error) : statAnswerOf(stats)));
}

/** An open file's handle, and what it is. */
export interface OpenHandle {
  kind: 'handle';
  handle: Buffer;
  size: number;
  mtimeSeconds: number;
}

export function openPath(sftp: SFTPWrapper, path: string, done: Done<OpenHandle | PathFault>): void {
  sftp.open(path, 'r', (openError, handle) => {
    if (openError) {
      done(pathFaultOf(openError));
      return;
    }
    sftp.fstat(handle, (error, stats) => {
      if (!error && stats.isFile()) {
        done({ kind: 'handle', handle, size: stats.size, mtimeSeconds: stats.mtime });
        return;
      }
      sftp.close(handle, () => undefined);
      done(error ? pathFaultOf(error) : { kind: 'failed', reason: 'it is no regular file' });
    });
  });
}

export function readPiece(
  sftp: SFTPWrapper,
  handle: Buffer,
  offset: number,
  length: number,
  done: Done<BytesAnswer>,
): void {
  readOnce(sftp, handle, offset, length, (read) => {
    done('error' in read ? pathFaultOf(read.error) : { kind: 'bytes', bytes: read.bytes });
  });
}

function statAnswerOf(stats: Stats): StatAnswer {
  if (stats.isFile()) return { kind: 'file', size: stats.size, mtimeSeconds: stats.mtime };
  return stats.isDirectory() ? { kind: 'folder', mtimeSeconds: stats.mtime } : { kind: 'special' };
}

export function readlinkPath(sftp: SFTPWrapper, path: string, done: Done<LinkTargetAnswer>): void {
  sftp.readlink(path, (error, target) => done(error ? pathFaultOf(error) : { kind: 'target', target }));
}

export function realpathOf(sftp: SFTPWrapper, path: string, done: Done<LinkTargetAnswer>): void {
  sftp.realpath(path, (error, target) => done(error ? pathFaultOf(error) : { kind: 'target', target }));
}

/**
 * Reads a file within its caps: open, then size and first bytes asked for together, then whatever is left. The close
 * is sent and not waited for.
 */
export function readCapped(sftp: SFTPWrapper, path: string, caps: ReadCaps, done: Done<ReadAnswer>): void {
  sftp.open(path, 'r', (openError, handle) => {
    if (openError) {
      done(pathFaultOf(openError));
      return;
    }
    const end: Done<ReadAnswer> = (answer) => {
      sftp.close(handle, () => undefined);
      done(answer);
    };
    let size: number | undefined;
    let first: { error: Error } | { bytes: Buffer } | undefined;
    const proceed = (): void => {
      if (size === undefined || first === undefined) return;
      if ('error' in first) {
        end(pathFaultOf(first.error));
        return;
      }
      const known = size;
      if (known <= caps.wholeBytes) {
        // One byte beyond the cap is asked for: a file may grow while it is read.
        readFrom(sftp, handle, first.bytes, caps.wholeBytes + 1, (head) => {
          if ('error' in head) end(pathFaultOf(head.error));
          else end({ kind: 'read', head: head.bytes.subarray(0, caps.wholeBytes), tail: null, size: known });
        });
        return;
      }
      readFrom(sftp, handle, first.bytes, caps.headBytes, (head) => {
        if ('error' in head) {
          end(pathFaultOf(head.error));
          return;
        }
        readFrom(
          sftp,
          handle,
          Buffer.alloc(0),
          caps.tailBytes,
          (tail) => {
            if ('error' in tail) end(pathFaultOf(tail.error));
            else end({ kind: 'read', head: head.bytes, tail: tail.bytes, size: known });
          },
          known - caps.tailBytes,
        );
      });
    };
    sftp.fstat(handle, (error, stats) => {
      size = error ? 0 : stats.size;
      proceed();
    });
    readOnce(sftp, handle, 0, READ_BYTES, (read) => {
      first = read;
      proceed();
    });
  });
}

/** Reads until the end of the file or `maxBytes`, whatever size it claims. */
export function readWhole(sftp: SFTPWrapper, path: string, maxBytes: number, done: Done<ReadAnswer>): void {
  sftp.open(path, 'r', (openError, handle) => {
    if (openError) {
      done(pathFaultOf(openError));
      return;
    }
    readFrom(sftp, handle, Buffer.alloc(0), maxBytes, (read) => {
      sftp.close(handle, () => undefined);
      if ('error' in read) done(pathFaultOf(read.error));
      else done({ kind: 'read', head: read.bytes, tail: null, size: read.bytes.length });
    });
  });
}

type Read = { error: Error } | { bytes: Buffer };

/** Buffers between two reads: a thousand small files would leave a thousand of them behind. */
const spare: Buffer[] = [];
const MOST_SPARE = 64;

function readOnce(
  sftp: SFTPWrapper,
  handle: Buffer,
  position: number,
  length: number,
  done: Done<Read>,
): void {
  const isSmall = length <= READ_BYTES;
  const buffer = (isSmall ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(length, READ_BYTES));
  sftp.read(handle, buffer, 0, length, position, (error, bytesRead) => {
    if (error && codeOf(error) !== STATUS.eof) done({ error });
    else done({ bytes: error ? Buffer.alloc(0) : Buffer.from(buffer.subarray(0, bytesRead)) });
    if (isSmall && spare.length < MOST_SPARE) spare.push(buffer);
  });
}

/** Goes on from what is there until `limit` bytes or the end; `offset` is where in the file the bytes begin. */
function readFrom(
  sftp: SFTPWrapper,
  handle: Buffer,
  soFar: Buffer,
  limit: number,
  done: Done<Read>,
  offset = 0,
): void {
  if (soFar.length >= limit) {
    done({ bytes: soFar.subarray(0, limit) });
    return;
  }
  // A read that came short has met the end; of whole pages /proc may have more: one more read tells.
  if (soFar.length > 0 && soFar.length < READ_BYTES && soFar.length % 4096 !== 0) {
    done({ bytes: soFar });
    return;
  }
  readOnce(sftp, handle, offset + soFar.length, Math.min(READ_BYTES, limit - soFar.length), (read) => {
    if ('error' in read) done(read);
    else if (read.bytes.length === 0) done({ bytes: soFar });
    else readFrom(sftp, handle, Buffer.concat([soFar, read.bytes]), limit, done, offset);
  });
}

/** Lists up to `maxNames` names, `.` and `..` left out; stops asking once there are enough. */
export function listFolder(sftp: SFTPWrapper, path: string, maxNames: number, done: Done<ListAnswer>): void {
  sftp.opendir(path, (openError, handle) => {
    if (openError) {
      done(pathFaultOf(openError));
      return;
    }
    const names: string[] = [];
    const next = (): void => {
      sftp.readdir(handle, (error, list) => {
        if (error && codeOf(error) !== STATUS.eof) {
          sftp.close(handle, () => undefined);
          done(pathFaultOf(error));
          return;
        }
        if (!error) for (const { filename } of list) names.push(filename);
        if (!error && names.length <= maxNames) {
          next();
          return;
        }
        sftp.close(handle, () => undefined);
        done({ kind: 'list', names: names.slice(0, maxNames), cut: names.length > maxNames });
      });
    };
    next();
  });
}
