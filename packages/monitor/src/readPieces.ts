import type { BytesAnswer, RemoteFile } from './hostConnection.ts';

const MIN_PIECE_BYTES = 2 * 1024;
const FIRST_PIECE_BYTES = 4 * 1024;
const MAX_PIECE_BYTES = 32 * 1024;
const FIRST_WINDOW = 2;
const MAX_WINDOW = 32;
/** Pieces that take longer than this are too much at once: the polls of the host wait behind them. */
const SLOW_MS = 1500;

export type PiecesEnd =
  | { kind: 'end' }
  /** The file has fewer bytes than it had. */
  | { kind: 'short' }
  | { kind: 'fault'; reason: string };

/**
 * Reads a file from `from` up to `size` in order, with many reads under way at the same time: as many as the link
 * takes without holding others up. What was read and not yet taken is at most a mebibyte. Throws a LinkError, and what
 * `onBytes` throws; the bytes taken until then are in order and without a gap.
 */
export async function readPieces(
  file: RemoteFile,
  { from, size, steady }: { from: number; size: number; steady: () => number },
  onBytes: (bytes: Uint8Array) => Promise<void> | void,
): Promise<PiecesEnd> {
  let taken = from;
  let next = from;
  let window = FIRST_WINDOW;
  let pieceBytes = FIRST_PIECE_BYTES;
  const pending: { length: number; sentSteady: number; answer: Promise<BytesAnswer> }[] = [];
  while (taken < size) {
    while (pending.length < window && next < size) {
      const length = Math.min(pieceBytes, size - next);
      const answer = file.read(next, length);
      // It may fail while an earlier one is awaited; whoever awaits it hears of it then.
      answer.catch(() => undefined);
      pending.push({ length, sentSteady: steady(), answer });
      next += length;
    }
    const piece = pending.shift();
    if (piece === undefined) break;
    const answer = await piece.answer;
    if (answer.kind !== 'bytes') return { kind: 'fault', reason: reasonOf(answer) };
    if (answer.bytes.length === 0) return { kind: 'short' };
    await onBytes(answer.bytes);
    taken += answer.bytes.length;
    const tookMs = steady() - piece.sentSteady;
    // Larger pieces first, then more of them; on a slow link fewer, then smaller ones.
    if (tookMs <= SLOW_MS) {
      if (pieceBytes < MAX_PIECE_BYTES) pieceBytes = Math.min(MAX_PIECE_BYTES, pieceBytes * 2);
      else window = Math.min(MAX_WINDOW, window + 1);
    } else if (window > 1) window = Math.floor(window / 2);
    else pieceBytes = Math.max(MIN_PIECE_BYTES, pieceBytes / 2);
    if (answer.bytes.length < piece.length) {
      // A host may give less at once than it was asked for: what was asked beyond is asked again from here.
      await Promise.allSettled(pending.splice(0).map((later) => later.answer));
      next = taken;
    }
  }
  return { kind: 'end' };
}

function reasonOf(answer: Exclude<BytesAnswer, { kind: 'bytes' }>): string {
  if (answer.kind === 'failed') return answer.reason;
  return answer.kind === 'missing' ? 'it is gone' : 'this account may not read it';
}
