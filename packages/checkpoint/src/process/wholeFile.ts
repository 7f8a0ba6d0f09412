import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { attempt } from '../fileError.ts';

/**
 * What the content of a file says of itself. `sound`: its format tells that it is whole (zip, as PyTorch and numpy write
 * it, and safetensors); `broken`: its format tells that it isn't; `silent`: its format tells nothing.
 */
export type Structure = 'sound' | 'broken' | 'silent';

/** Looks at a file's structure without reading it whole. Throws a FileError where it can't be read. */
export async function structureOf(path: string): Promise<Structure> {
  return attempt('read', path, async () => {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size === 0) return 'broken';
      const head = await readAt(file, 0, Math.min(size, 8));
      if (head.length >= 4 && head.readUInt32LE(0) === ZIP_ENTRY) return await zip(file, size);
      if (path.endsWith('.safetensors')) return await safetensors(file, size, head);
      // numpy always writes a zip here: what doesn't begin like one was cut off, or is not there yet.
      return path.endsWith('.npz') ? 'broken' : 'silent';
    } finally {
      await file.close();
    }
  });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

// Zip: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16. The directory of its entries is written last.
const ZIP_ENTRY = 0x04034b50;
const ZIP_DIRECTORY_ENTRY = 0x02014b50;
const ZIP_END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;
const MAX_COMMENT = 65_535;

async function zip(file: FileHandle, size: number): Promise<Structure> {
  const from = Math.max(0, size - END_BYTES - MAX_COMMENT);
  const tail = await readAt(file, from, size - from);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== ZIP_END) continue;
    if (at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const directory = await directoryOf(file, tail, at, from);
    if (directory === undefined) return 'broken';
    const { start, bytes, endsAt, entries } = directory;
    if (start + bytes !== endsAt || bytes < entries * 46) return 'broken';
    if (entries === 0) return 'sound';
    const first = await readAt(file, start, 4);
    return first.length === 4 && first.readUInt32LE(0) === ZIP_DIRECTORY_ENTRY ? 'sound' : 'broken';
  }
  return 'broken';
}

interface Directory {
  start: number;
  bytes: number;
  entries: number;
  /** Where what stands behind the directory begins. */
  endsAt: number;
}

/** What the end record at `at` says of the directory; with zip64, the record that it leads to. */
async function directoryOf(
  file: FileHandle,
  tail: Buffer,
  at: number,
  from: number,
): Promise<Directory | undefined> {
  const end = from + at;
  const locatorAt = end - LOCATOR_BYTES;
  const locator = locatorAt >= 0 ? await readAt(file, locatorAt, LOCATOR_BYTES) : Buffer.alloc(0);
  if (locator.length === LOCATOR_BYTES && locator.readUInt32LE(0) === ZIP64_LOCATOR) {
    const recordAt = Number(locator.readBigUInt64LE(8));
    if (!Number.isSafeInteger(recordAt) || recordAt >= locatorAt) return undefined;
    const record = await readAt(file, recordAt, ZIP64_END_BYTES);
    if (record.length < ZIP64_END_BYTES || record.readUInt32LE(0) !== ZIP64_END) return undefined;
    return {
      entries: Number(record.readBigUInt64LE(32)),
      bytes: Number(record.readBigUInt64LE(40)),
      start: Number(record.readBigUInt64LE(48)),
      endsAt: recordAt,
    };
  }
  return {
    entries: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
    endsAt: end,
  };
}

const MAX_HEADER = 100 * 1024 * 1024;

/** Safetensors: 8 bytes of length, a JSON header with each tensor's place, then exactly the tensors. */
async function safetensors(file: FileHandle, size: number, head: Buffer): Promise<Structure> {
  if (head.length < 8) return 'broken';
  const length = Number(head.readBigUInt64LE(0));
  if (length > MAX_HEADER || 8 + length > size) return 'broken';
  const text = (await readAt(file, 8, length)).toString('utf8');
  const header = headerOf(text);
  if (header === undefined) return 'broken';
  let end = 0;
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const tensor = tensorSchema.safeParse(value);
    if (!tensor.success) return 'broken';
    end = Math.max(end, tensor.data.data_offsets[1]);
  }
  return 8 + length + end === size ? 'sound' : 'broken';
}

const tensorSchema = z.object({ data_offsets: z.tuple([z.number(), z.number()]) });

function headerOf(text: string): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
