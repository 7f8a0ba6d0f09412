import { crc32, deflateSync, inflateSync } from 'node:zlib';

// Pictures of screens as small PNG files: at most 256 colours, which is more than most screens have.

export interface Picture {
  width: number;
  height: number;
  /** Red, green, blue, alpha of each pixel, row by row. */
  rgba: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MAX_COLOURS = 256;
/** So many places of a palette go to the commonest colours, the rest to those that would be missed most. */
const COMMONEST = 160;

/** Reads a PNG of 8 bits a channel, with or without alpha, as a browser makes it. */
export function readPng(file: Buffer): Picture {
  let width = 0;
  let height = 0;
  let channels = 0;
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      width = body.readUInt32BE(0);
      height = body.readUInt32BE(4);
      channels = body[9] === 6 ? 4 : 3;
      if (body[8] !== 8 || (body[9] !== 6 && body[9] !== 2))
        throw new Error('Not a PNG that a browser makes.');
    }
    if (type === 'IDAT') data.push(body);
    at += 12 + length;
  }
  return { width, height, rgba: unfilter(inflateSync(Buffer.concat(data)), width, height, channels) };
}

function unfilter(raw: Buffer, width: number, height: number, channels: number): Uint8Array {
  const stride = width * channels;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  let above = new Uint8Array(stride);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)];
    const line = new Uint8Array(raw.subarray(row * (stride + 1) + 1, (row + 1) * (stride + 1)));
    for (let at = 0; at < stride; at += 1) {
      const left = at < channels ? 0 : (line[at - channels] ?? 0);
      const up = above[at] ?? 0;
      const corner = at < channels ? 0 : (above[at - channels] ?? 0);
      line[at] = (line[at] ?? 0) + predicted(filter, left, up, corner);
    }
    for (let column = 0; column < width; column += 1) {
      rgba.set(line.subarray(column * channels, (column + 1) * channels), (row * width + column) * 4);
    }
    above = line;
  }
  return rgba;
}

function predicted(filter: number | undefined, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (toLeft === undefined || toUp === undefined || toCorner === undefined) return 0;
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

/** A PNG of the picture with a palette; the same picture makes the same file. */
export function smallPng({ width, height, rgba }: Picture): Buffer {
  const pixels = new Uint32Array(width * height);
  const counts = new Map<number, number>();
  const view = new DataView(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  for (let at = 0; at < pixels.length; at += 1) {
    const colour = view.getUint32(at * 4);
    pixels[at] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = choosePalette(counts);
  const places = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour).place]));
  const rows = Buffer.alloc(height * (width + 1));
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      rows[row * (width + 1) + 1 + column] = places.get(pixels[row * width + column] ?? 0) ?? 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const channelsOf = palette.map(channels);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(channelsOf.flatMap((channel) => channel.slice(0, 3)))),
    chunk('tRNS', Buffer.from(channelsOf.map(([, , , alpha]) => alpha))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function choosePalette(counts: ReadonlyMap<number, number>): number[] {
  const common = [...counts].sort(([a, many], [b, most]) => most - many || a - b);
  if (common.length <= MAX_COLOURS) return common.map(([colour]) => colour);
  const palette = common.slice(0, COMMONEST).map(([colour]) => colour);
  const missed = common
    .slice(COMMONEST)
    .map(([colour, count]) => ({ colour, weight: Math.sqrt(count), off: nearest(palette, colour).distance }));
  while (palette.length < MAX_COLOURS) {
    const worst = missed.reduce((a, b) => (b.off * b.weight > a.off * a.weight ? b : a));
    palette.push(worst.colour);
    for (const each of missed) each.off = Math.min(each.off, distance(each.colour, worst.colour));
  }
  return palette;
}

function nearest(palette: readonly number[], colour: number): { place: number; distance: number } {
  let best = { place: 0, distance: Number.POSITIVE_INFINITY };
  for (const [place, candidate] of palette.entries()) {
    const off = distance(candidate, colour);
    if (off < best.distance) best = { place, distance: off };
  }
  return best;
}

/** Squared, over all four channels. */
function distance(a: number, b: number): number {
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) sum += (((a >>> shift) & 255) - ((b >>> shift) & 255)) ** 2;
  return sum;
}

function channels(colour: number): [number, number, number, number] {
  return [colour >>> 24, (colour >>> 16) & 255, (colour >>> 8) & 255, colour & 255];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}
