// Draws the app's icon into packaging/icon.icns: `node scripts/drawAppIcon.mjs [PREVIEW.png]`. A signpost whose board is
// a progress bar, on the rounded tile of macOS: 824 of 1024 points, with its shadow inside the canvas.

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeIcns } from './icns.mjs';
import { encodePng } from './png.mjs';

const CANVAS = 1024;
const TILE = { middle: 512, half: 412, radius: 186 };
const BOARD = { left: 222, right: 636, tip: 832, top: 286, bottom: 590, round: 40 };
const POST = { left: 436, right: 508, top: 590, bottom: 778, round: 20 };
/** The board's inside, and how much of it is done. */
const INSET = 44;
const INNER_ROUND = 14;
const DONE_TO = 536;

const BLUE_TOP = [82, 166, 255];
const BLUE_BOTTOM = [10, 84, 214];
const WHITE_TOP = [255, 255, 255];
const WHITE_BOTTOM = [226, 236, 250];
const TRACK = [201, 219, 244];
const DONE_TOP = [72, 209, 120];
const DONE_BOTTOM = [27, 160, 80];

const between = (value, low, high) => Math.min(1, Math.max(0, (value - low) / (high - low)));

/** Distance to a rectangle with round corners: positive outside. */
function boxDistance(x, y, left, top, right, bottom, radius) {
  const dx = Math.abs(x - (left + right) / 2) - (right - left) / 2 + radius;
  const dy = Math.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius;
  return Math.min(Math.max(dx, dy), 0) + Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) - radius;
}

/** The tile's corners bend gently into its sides, as on macOS: a superellipse in place of a circle. */
function tileDistance(x, y) {
  const inner = TILE.half - TILE.radius;
  const dx = Math.max(0, Math.abs(x - TILE.middle) - inner);
  const dy = Math.max(0, Math.abs(y - TILE.middle) - inner);
  return (dx ** 2.3 + dy ** 2.3) ** (1 / 2.3) - TILE.radius;
}

/** The board's outline, a rectangle with a point to the right, all sides moved inwards by `by`. */
function boardOutline(by) {
  const middle = (BOARD.top + BOARD.bottom) / 2;
  const half = (BOARD.bottom - BOARD.top) / 2;
  const slope = (BOARD.tip - BOARD.right) / half;
  // A slanted side moves by `by` at a right angle to itself.
  const tip = BOARD.tip - by * Math.hypot(1, slope);
  const shoulder = tip - slope * (half - by);
  return [
    [BOARD.left + by, BOARD.top + by],
    [shoulder, BOARD.top + by],
    [tip, middle],
    [shoulder, BOARD.bottom - by],
    [BOARD.left + by, BOARD.bottom - by],
  ];
}

/** Distance to an outline whose corners go round in the same sense; positive outside. */
function outlineDistance(x, y, corners) {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = true;
  corners.forEach(([x1, y1], at) => {
    const [x2, y2] = corners[(at + 1) % corners.length];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const along = between((x - x1) * dx + (y - y1) * dy, 0, dx * dx + dy * dy);
    nearest = Math.min(nearest, Math.hypot(x - x1 - along * dx, y - y1 - along * dy));
    if (dx * (y - y1) - dy * (x - x1) < 0) inside = false;
  });
  return inside ? -nearest : nearest;
}

const OUTER = boardOutline(BOARD.round);
const INNER = boardOutline(INSET + INNER_ROUND);
const boardDistance = (x, y) => outlineDistance(x, y, OUTER) - BOARD.round;
const insideDistance = (x, y) => outlineDistance(x, y, INNER) - INNER_ROUND;
const postDistance = (x, y) =>
  boxDistance(x, y, POST.left, POST.top - 60, POST.right, POST.bottom, POST.round);

const mix = (from, to, share) => from.map((value, at) => value + (to[at] - value) * share);

/** Lays a colour over what is there; both with alpha from 0 to 1, not premultiplied. */
function over([r, g, b, a], [red, green, blue], alpha) {
  const whole = alpha + a * (1 - alpha);
  if (whole === 0) return [0, 0, 0, 0];
  const blend = (below, above) => (above * alpha + below * a * (1 - alpha)) / whole;
  return [blend(r, red), blend(g, green), blend(b, blue), whole];
}

/** The colour of a point of the canvas; `pixel` is how many points a pixel is wide, over which edges are smoothed. */
function colourAt(x, y, pixel) {
  const cover = (distance) => between(-distance, -pixel / 2, pixel / 2);
  const shadow = (distance, blur) => Math.exp(-((Math.max(0, distance + blur * 0.3) / blur) ** 2));
  const tile = tileDistance(x, y);
  const colour = over([0, 0, 0, 0], [0, 0, 0], 0.3 * shadow(tileDistance(x, y - 12), 26));
  const down = between(y, 100, 924);
  let face = [...mix(BLUE_TOP, BLUE_BOTTOM, down), 1];
  // A light edge at the top, as from above.
  face = over(face, [255, 255, 255], 0.35 * between(tile, -7, -1) * between(y, 420, 100));

  const sign = Math.min(boardDistance(x, y - 14), postDistance(x, y - 14));
  face = over(face, [0, 28, 84], 0.34 * shadow(sign, 30));
  face = over(face, mix([236, 243, 253], [198, 214, 238], between(y, 590, 778)), cover(postDistance(x, y)));
  face = over(face, [0, 28, 84], 0.2 * cover(postDistance(x, y)) * between(y, 640, 590));
  face = over(
    face,
    mix(WHITE_TOP, WHITE_BOTTOM, between(y, BOARD.top, BOARD.bottom)),
    cover(boardDistance(x, y)),
  );
  const inside = cover(insideDistance(x, y));
  face = over(face, TRACK, inside);
  const done = mix(DONE_TOP, DONE_BOTTOM, between(y, BOARD.top + INSET, BOARD.bottom - INSET));
  face = over(face, done, inside * cover(x - DONE_TO));
  return over(colour, face.slice(0, 3), cover(tile));
}

/** RGBA rows, each with the filter byte 0 in front. */
function draw(side) {
  const pixel = CANVAS / side;
  // Edges are smooth by themselves; small images show the rest better for it.
  const samples = side <= 128 ? 4 : 1;
  const rows = Buffer.alloc(side * (1 + side * 4));
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const sum = [0, 0, 0, 0];
      for (let sample = 0; sample < samples * samples; sample += 1) {
        const x = (column + ((sample % samples) + 0.5) / samples) * pixel;
        const y = (row + (Math.floor(sample / samples) + 0.5) / samples) * pixel;
        const [r, g, b, a] = colourAt(x, y, pixel / samples);
        sum[0] += r * a;
        sum[1] += g * a;
        sum[2] += b * a;
        sum[3] += a;
      }
      const alpha = sum[3] / (samples * samples);
      const at = row * (1 + side * 4) + 1 + column * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        rows[at + channel] = sum[3] === 0 ? 0 : Math.round(sum[channel] / sum[3]);
      }
      rows[at + 3] = Math.round(255 * alpha);
    }
  }
  return { side, rows };
}

const images = new Map([16, 32, 64, 128, 256, 512, 1024].map((side) => [side, draw(side)]));
const here = dirname(fileURLToPath(import.meta.url));
writeFileSync(join(here, '../packaging/icon.icns'), encodeIcns(images));
const preview = process.argv[2];
if (preview !== undefined) writeFileSync(preview, encodePng(images.get(1024), 72));
