import type { SFTPWrapper } from 'ssh2';
import type {
  BytesAnswer,
  LinkTargetAnswer,
  PathFault,
  ReadAnswer,
  ReadCaps,
  StatAnswer,
} from '../hostConnection.ts';
import { faultOf, isEndOfFile, statAnswerOf, targetOf } from './sftpAnswers.ts';
import { answering, type Done, openFile } from './sftpHandles.ts';

// Each operation over one open SFTP channel, with ssh2's callbacks. Nothing here keeps time: see pendingCalls.ts.

const READ_BYTES = 32 * 1024;
/** Nearly every PROGRESS.txt: of a thousand that are read at once each has a buffer of its own. */
const SMALL_BYTES = 4096;

export function statPath(sftp: SFTPWrapper, path: string, done: Done<StatAnswer>): void {
  sftp.stat(path, answering(done, statAnswerOf));
}

export function lstatPath(sftp: SFTPWrapper, path: string, done: Done<StatAnswer>): void {
  sftp.lstat(path, answering(done, statAnswerOf));
}

export function readlinkPath(sftp: SFTPWrapper, path: string, done: Done<LinkTargetAnswer>): void {
  sftp.readlink(path, answering(done, targetOf));
}

export function realpathOf(sftp: SFTPWrapper, path: string, done: Done<LinkTargetAnswer>): void {
  sftp.realpath(path, answering(done, targetOf));
}

/** An open file's handle, and what it is. */
export interface OpenHandle {
  kind: 'handle';
  handle: Buffer;
  size: number;
  mtimeSeconds: number;
}

export function openPath(sftp: SFTPWrapper, path: string, done: Done<OpenHandle | PathFault>): void {
  openFile<OpenHandle>(sftp, path, done, (handle, end) => {
    sftp.fstat(
      handle,
      answering<StatAnswer>((stat) => {
        // What is open is closed by whoever asked for it.
        if (stat.kind === 'file') done({ ...stat, kind: 'handle', handle });
        else end(stat.kind === 'folder' || stat.kind === 'special' ? NO_FILE : stat);
      }, statAnswerOf),
    );
  });
}

const NO_FILE: PathFault = { kind: 'failed', reason: 'it is no regular file' };

export function readPiece(
  sftp: SFTPWrapper,
  handle: Buffer,
  offset: number,
  length: number,
  done: Done<BytesAnswer>,
): void {
  readOnce(sftp, handle, offset, length, done);
}

/**
 * Reads a file within its caps: open, then its first bytes, which of nearly all files are all; then its size, and
 * whatever is left. The close is sent and not waited for.
 */
export function readCapped(sftp: SFTPWrapper, path: string, caps: ReadCaps, done: Done<ReadAnswer>): void {
  openFile<ReadAnswer>(sftp, path, done, (handle, end) => {
    const isSmall = caps.expectedBytes !== undefined && caps.expectedBytes < SMALL_BYTES;
    readOnce(sftp, handle, 0, isSmall ? SMALL_BYTES : READ_BYTES, (start) => {
      if (start.kind !== 'bytes') end(start);
      else if (start.bytes.length === 0) end(withinCaps(start.bytes, caps));
      else {
        readFrom(sftp, handle, start.bytes, READ_BYTES, (first) => {
          if (first.kind !== 'bytes') end(first);
          else if (first.bytes.length < READ_BYTES) end(withinCaps(first.bytes, caps));
          else readLarge(sftp, handle, first.bytes, caps, end);
        });
      }
    });
  });
}

/** Of a file that was read whole. */
function withinCaps(bytes: Buffer, caps: ReadCaps): ReadAnswer {
  const size = bytes.length;
  if (size <= caps.wholeBytes) return { kind: 'read', head: bytes, tail: null, size };
  return {
    kind: 'read',
    head: bytes.subarray(0, caps.headBytes),
    tail: bytes.subarray(Math.max(0, size - caps.tailBytes)),
    size,
  };
}

function readLarge(
  sftp: SFTPWrapper,
  handle: Buffer,
  first: Buffer,
  caps: ReadCaps,
  end: Done<ReadAnswer>,
): void {
  sftp.fstat(
    handle,
    answering<StatAnswer>((stat) => {
      if (stat.kind === 'broken' || stat.kind === 'failed') end(stat);
      else readKnown(stat.kind === 'file' ? stat.size : 0);
    }, statAnswerOf),
  );

  function readKnown(size: number): void {
    if (size <= caps.wholeBytes) {
      // One byte beyond the cap is asked for: a file may grow while it is read.
      readFrom(sftp, handle, first, caps.wholeBytes + 1, (whole) => {
        if (whole.kind !== 'bytes') end(whole);
        else end({ kind: 'read', head: whole.bytes.subarray(0, caps.wholeBytes), tail: null, size });
      });
      return;
    }
    readFrom(sftp, handle, first, caps.headBytes, (head) => {
      if (head.kind !== 'bytes') {
        end(head);
        return;
      }
      const offset = size - caps.tailBytes;
      const rest = Buffer.alloc(0);
      readFrom(
        sftp,
        handle,
        rest,
        caps.tailBytes,
        (tail) => {
          if (tail.kind !== 'bytes') end(tail);
          else end({ kind: 'read', head: head.bytes, tail: tail.bytes, size });
        },
        offset,
      );
    });
  }
}

/** Reads until the end of the file or `maxBytes`, whatever size it claims. */
export function readWhole(sftp: SFTPWrapper, path: string, maxBytes: number, done: Done<ReadAnswer>): void {
  openFile<ReadAnswer>(sftp, path, done, (handle, end) => {
    readFrom(sftp, handle, Buffer.alloc(0), maxBytes, (read) => {
      if (read.kind !== 'bytes') end(read);
      else end({ kind: 'read', head: read.bytes, tail: null, size: read.bytes.length });
    });
  });
}

type Bytes = { kind: 'bytes'; bytes: Buffer };

/** Buffers between two reads: a thousand small files would leave a thousand of them behind. */
const spare: Buffer[] = [];
const MOST_SPARE = 64;

function readOnce(
  sftp: SFTPWrapper,
  handle: Buffer,
  position: number,
  length: number,
  done: Done<Bytes | PathFault>,
): void {
  const isUsual = length > SMALL_BYTES && length <= READ_BYTES;
  const buffer = (isUsual ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(isUsual ? READ_BYTES : length);
  sftp.read(handle, buffer, 0, length, position, (error, bytesRead) => {
    if (error && !isEndOfFile(error)) done(faultOf(error));
    else done({ kind: 'bytes', bytes: error ? Buffer.alloc(0) : Buffer.from(buffer.subarray(0, bytesRead)) });
    if (isUsual && spare.length < MOST_SPARE) spare.push(buffer);
  });
}

/** Goes on from what is there until `limit` bytes or the end; `offset` is where in the file the bytes begin. */
function readFrom(
  sftp: SFTPWrapper,
  handle: Buffer,
  soFar: Buffer,
  limit: number,
  done: Done<Bytes | PathFault>,
  offset = 0,
): void {
  if (soFar.length >= limit) {
    done({ kind: 'bytes', bytes: soFar.subarray(0, limit) });
    return;
  }
  // A read that came short has met the end; of whole pages /proc may have more: one more read tells.
  if (soFar.length > 0 && soFar.length < READ_BYTES && soFar.length % 4096 !== 0) {
    done({ kind: 'bytes', bytes: soFar });
    return;
  }
  readOnce(sftp, handle, offset + soFar.length, Math.min(READ_BYTES, limit - soFar.length), (read) => {
    if (read.kind !== 'bytes') done(read);
    else if (read.bytes.length === 0) done({ kind: 'bytes', bytes: soFar });
    else readFrom(sftp, handle, Buffer.concat([soFar, read.bytes]), limit, done, offset);
  });
}
