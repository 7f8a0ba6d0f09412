// Draws the menu-bar icons into icons/tray: `node scripts/drawTrayIcons.mjs`. Black with alpha, 16x16 at 72 dpi and
// 32x32 at 144 dpi, as macOS wants a template image. The state is told by shape alone, never by colour.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from './png.mjs';

const SIZE = 16;
/** Samples per side of a pixel. */
const SAMPLES = 8;

// A signpost: a board with its point to the right, on a post. Coordinates in points of a 16 point square.
const BOARD = { left: 1, right: 11.4, tip: 15, top: 1.5, bottom: 10.5 };
const STROKE = 1.3;

/** Distance outside (positive) or inside (negative) the board's edge, near enough for a stroke. */
function boardDistance(x, y) {
  const middle = (BOARD.top + BOARD.bottom) / 2;
  const half = (BOARD.bottom - BOARD.top) / 2;
  const slope = (BOARD.tip - BOARD.right) / half;
  const length = Math.hypot(1, slope);
  const toPoint = (x - (BOARD.tip - slope * Math.abs(y - middle))) / length;
  return roundedMax([BOARD.left - x, BOARD.top - y, y - BOARD.bottom, toPoint], 1.2);
}

/** The largest of the distances, with corners rounded by `radius`. */
function roundedMax(distances, radius) {
  const over = distances.map((distance) => Math.max(0, distance + radius));
  const outside = Math.hypot(...over);
  return outside > 0 ? outside - radius : Math.max(...distances);
}

function segmentDistance(x, y, [x1, y1], [x2, y2]) {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const t = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}

const onPost = (x, y) => x >= 6.1 && x <= 7.9 && y >= BOARD.bottom - 0.2 && y <= 15;
const onBoard = (x, y) => boardDistance(x, y) <= 0;
const onEdge = (x, y) => onBoard(x, y) && boardDistance(x, y) >= -STROKE;
const onSlash = (x, y, width) => segmentDistance(x, y, [2, 14.6], [14, 0.9]) <= width;
const onCheck = (x, y) =>
  Math.min(segmentDistance(x, y, [4.2, 6.2], [6.3, 8.3]), segmentDistance(x, y, [6.3, 8.3], [10.2, 3.9])) <=
  0.85;
const onBang = (x, y) =>
  segmentDistance(x, y, [7, 3.3], [7, 6.3]) <= 0.85 || Math.hypot(x - 7, y - 8.6) <= 0.95;

const SHAPES = {
  // The board, empty.
  Idle: (x, y) => onPost(x, y) || onEdge(x, y),
  // The board, filled from the left like a bar.
  Running: (x, y) => onPost(x, y) || onEdge(x, y) || (onBoard(x, y) && x <= 7.6),
  // The board, full, with a tick cut out.
  Done: (x, y) => onPost(x, y) || (onBoard(x, y) && !onCheck(x, y)),
  // The board, full, with an exclamation mark cut out.
  Problem: (x, y) => onPost(x, y) || (onBoard(x, y) && !onBang(x, y)),
  // The empty board, struck through.
  Offline: (x, y) => onSlash(x, y, 0.75) || ((onPost(x, y) || onEdge(x, y)) && !onSlash(x, y, 1.9)),
};

/** RGBA rows, each with the filter byte 0 in front. */
function draw(shape, scale) {
  const side = SIZE * scale;
  const rows = Buffer.alloc(side * (1 + side * 4));
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      let inside = 0;
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
        const x = (column + ((sample % SAMPLES) + 0.5) / SAMPLES) / scale;
        const y = (row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / scale;
        if (shape(x, y)) inside += 1;
      }
      rows[row * (1 + side * 4) + 1 + column * 4 + 3] = Math.round((255 * inside) / (SAMPLES * SAMPLES));
    }
  }
  return { side, rows };
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '../icons/tray');
mkdirSync(folder, { recursive: true });
for (const [state, shape] of Object.entries(SHAPES)) {
  writeFileSync(join(folder, `tray${state}Template.png`), encodePng(draw(shape, 1), 72));
  writeFileSync(join(folder, `tray${state}Template@2x.png`), encodePng(draw(shape, 2), 144));
}
