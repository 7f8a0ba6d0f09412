import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkError, type RemoteFile } from '../src/hostConnection.ts';
import { readPieces } from '../src/readPieces.ts';

/** A file behind a link of a certain bandwidth, under a virtual clock; answers come in order, as over one channel. */
function fileOver(bytes: Buffer, bytesPerSecond: number, most = Number.POSITIVE_INFINITY) {
  let now = 0;
  let freeAt = 0;
  let outstanding = 0;
  const seen = { mostOutstanding: 0, longestMs: 0 };
  const file: RemoteFile = {
    size: bytes.length,
    mtimeSeconds: 0,
    async read(offset, length) {
      const given = bytes.subarray(offset, offset + Math.min(length, most));
      outstanding += length;
      seen.mostOutstanding = Math.max(seen.mostOutstanding, outstanding);
      freeAt = Math.max(freeAt, now) + (given.length / bytesPerSecond) * 1000;
      const at = freeAt;
      seen.longestMs = Math.max(seen.longestMs, at - now);
      await new Promise((resolve) => setImmediate(resolve));
      now = Math.max(now, at);
      outstanding -= length;
      return { kind: 'bytes', bytes: given };
    },
    close: () => undefined,
  };
  return { file, seen, steady: () => now };
}

async function readAll({ file, steady }: ReturnType<typeof fileOver>, from = 0): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const end = await readPieces(file, { from, size: file.size, steady }, (part) => void parts.push(part));
  expect(end).toEqual({ kind: 'end' });
  return Buffer.concat(parts);
}

describe('a file in pieces', () => {
  it('is whole and in order, from anywhere, also where the host gives less at once than it was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(300_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 500, max: 40_000 }),
        async (size, part, most) => {
          const bytes = randomBytes(size);
          const from = Math.floor(size * part);
          const read = await readAll(fileOver(bytes, 1e9, most), from);
          expect(read.equals(bytes.subarray(from))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has many reads under way over a fast link, within a mebibyte', async () => {
    const link = fileOver(randomBytes(20_000_000), 50_000_000);
    await readAll(link);
    expect(link.seen.mostOutstanding).toBe(1024 * 1024);
  });

  it('keeps nobody waiting over a slow one', async () => {
    const link = fileOver(randomBytes(200_000), 2000);
    await readAll(link);
    // A poll that comes in between has ten seconds.
    expect(link.seen.longestMs).toBeLessThan(8000);
  });

  it('that got shorter, or is lost with its link, is told', async () => {
    const link = fileOver(randomBytes(1000), 1e9);
    const range = { from: 0, size: 5000, steady: link.steady };
    expect(await readPieces(link.file, range, () => undefined)).toEqual({ kind: 'short' });
    const fault = new LinkError({ kind: 'connection-lost', what: 'gone', next: null });
    const lost: RemoteFile = { ...link.file, read: () => Promise.reject(fault) };
    await expect(readPieces(lost, range, () => undefined)).rejects.toBe(fault);
    const denied: RemoteFile = { ...link.file, read: async () => ({ kind: 'denied' }) };
    expect(await readPieces(denied, range, () => undefined)).toMatchObject({ kind: 'fault' });
  });
});
