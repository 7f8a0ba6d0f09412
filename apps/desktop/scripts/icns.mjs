// Apple's icon files, written by the script that draws the app's icon.

import { encodePng } from './png.mjs';

/** The kinds that macOS looks for: a PNG by its pixels, and its dots per inch (144 for the @2x of half the size). */
const PNG_KINDS = [
  ['ic11', 32, 144],
  ['ic12', 64, 144],
  ['ic07', 128, 72],
  ['ic13', 256, 144],
  ['ic08', 256, 72],
  ['ic14', 512, 144],
  ['ic09', 512, 72],
  ['ic10', 1024, 144],
];
/** The two smallest are no PNGs there: four packed channels. */
const ARGB_KINDS = [
  ['ic04', 16],
  ['ic05', 32],
];

/**
 * An .icns file of images by their side in pixels, each RGBA rows with a filter byte in front.
 *
 * @param {ReadonlyMap<number, { side: number, rows: Buffer }>} images
 */
export function encodeIcns(images) {
  const imageOf = (side) => {
    const image = images.get(side);
    if (image === undefined) throw new Error(`The icon needs an image of ${side} pixels.`);
    return image;
  };
  const entries = [
    ...ARGB_KINDS.map(([kind, side]) => entry(kind, argb(imageOf(side)))),
    ...PNG_KINDS.map(([kind, side, dpi]) => entry(kind, encodePng(imageOf(side), dpi))),
  ];
  return entry('icns', Buffer.concat(entries));
}

function entry(kind, data) {
  const head = Buffer.alloc(8);
  head.write(kind, 'latin1');
  head.writeUInt32BE(data.length + 8, 4);
  return Buffer.concat([head, data]);
}

/** Alpha, red, green and blue one after the other, each packed. */
function argb({ side, rows }) {
  const channels = [3, 0, 1, 2].map((channel) => {
    const values = Buffer.alloc(side * side);
    for (let at = 0; at < values.length; at += 1) {
      values[at] = rows[Math.floor(at / side) * (1 + side * 4) + 1 + (at % side) * 4 + channel];
    }
    return packed(values);
  });
  return Buffer.concat([Buffer.from('ARGB', 'latin1'), ...channels]);
}

/** Runs of 3 to 130 equal bytes as 125 + length and the byte; up to 128 others as length - 1 and the bytes. */
function packed(values) {
  const parts = [];
  let at = 0;
  let literal = 0;
  const flush = () => {
    for (; literal < at; literal += 128) {
      const bytes = values.subarray(literal, Math.min(at, literal + 128));
      parts.push(Buffer.from([bytes.length - 1]), bytes);
    }
    literal = at;
  };
  while (at < values.length) {
    let run = 1;
    while (run < 130 && values[at + run] === values[at]) run += 1;
    if (run < 3) {
      at += 1;
      continue;
    }
    flush();
    parts.push(Buffer.from([run + 125, values[at]]));
    at += run;
    literal = at;
  }
  flush();
  return Buffer.concat(parts);
}
