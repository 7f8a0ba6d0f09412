import type { Picture } from './smallPng.ts';

// A window's outline, which the system draws and a page has not: round corners and a hairline.

const RADIUS_PX = 22;
const EDGE_PX = 1;

/** The picture of a page as its window looks; in place. */
export function shapeAsWindow(picture: Picture, scheme: 'light' | 'dark'): Picture {
  const { width, height, rgba } = picture;
  const edge = scheme === 'light' ? { value: 0, alpha: 0.22 } : { value: 255, alpha: 0.24 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const depth = depthOf(x + 0.5, y + 0.5, width, height);
      if (depth > RADIUS_PX) {
        // Nothing to do until the right edge comes near.
        x = Math.max(x, width - RADIUS_PX - 2);
        continue;
      }
      const at = (y * width + x) * 4;
      const onEdge = clamp(EDGE_PX + 0.5 - depth) * edge.alpha;
      for (let channel = 0; channel < 3; channel += 1) {
        rgba[at + channel] = Math.round((rgba[at + channel] ?? 0) * (1 - onEdge) + edge.value * onEdge);
      }
      rgba[at + 3] = Math.round(255 * clamp(depth + 0.5));
    }
  }
  return picture;
}

/** How far inside the rounded outline a point lies; negative outside. */
function depthOf(x: number, y: number, width: number, height: number): number {
  const toSide = Math.min(x, width - x);
  const toEnd = Math.min(y, height - y);
  if (toSide >= RADIUS_PX || toEnd >= RADIUS_PX) return Math.min(toSide, toEnd);
  return RADIUS_PX - Math.hypot(RADIUS_PX - toSide, RADIUS_PX - toEnd);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
