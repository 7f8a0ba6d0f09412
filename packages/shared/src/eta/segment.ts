// Where the present pace began: batches are cut into stretches, each of one pace or of one that drifts evenly. Pure.

export interface Point {
  /** Logarithm of the pace. */
  level: number;
  /** Where in the work it is, in items. */
  position: number;
  /** It is the first of its run. */
  startsRun: boolean;
}

/** What one cut more has to explain, in variances; less where a run began, since there the machine may be another. */
const CUT = 16;
const CUT_AT_RUN = 8;
/** What a drift has to explain beyond an even pace. */
const DRIFT = 9;
/** A drift needs this many batches to be seen. */
const DRIFT_BATCHES = 5;

export interface Stretch {
  /** Index of its first point. */
  from: number;
  drifts: boolean;
}

/** The stretch that the last point belongs to: optimal cuts by dynamic programming, least squares plus a price per cut. */
export function lastStretch(points: readonly Point[], spread: number): Stretch {
  const n = points.length;
  const variance = spread ** 2;
  const sums = runningSums(points);
  const least = new Float64Array(n + 1);
  let last: Stretch = { from: 0, drifts: false };
  for (let to = 1; to <= n; to += 1) {
    let best = Number.POSITIVE_INFINITY;
    for (let from = 0; from < to; from += 1) {
      const price = from === 0 ? 0 : points[from]?.startsRun ? CUT_AT_RUN : CUT;
      const before = (least[from] ?? 0) + price;
      if (before >= best) continue;
      const count = to - from;
      const even = misfitEven(sums, from, to);
      const asEven = before + even / variance;
      if (asEven < best) {
        best = asEven;
        if (to === n) last = { from, drifts: false };
      }
      if (count < DRIFT_BATCHES || before + DRIFT >= best) continue;
      const asDrift = before + (even - explainedByDrift(sums, from, to)) / variance + DRIFT;
      if (asDrift < best) {
        best = asDrift;
        if (to === n) last = { from, drifts: true };
      }
    }
    least[to] = best;
  }
  return last;
}

interface Sums {
  x: Float64Array;
  y: Float64Array;
  xx: Float64Array;
  xy: Float64Array;
  yy: Float64Array;
}

function runningSums(points: readonly Point[]): Sums {
  const zeros = () => new Float64Array(points.length + 1);
  const sums: Sums = { x: zeros(), y: zeros(), xx: zeros(), xy: zeros(), yy: zeros() };
  // Positions from 0 to 1, and levels around the first: differences of large sums would lose their digits.
  const start = points[0]?.position ?? 0;
  const span = (points.at(-1)?.position ?? 0) - start || 1;
  const base = points[0]?.level ?? 0;
  points.forEach((point, at) => {
    const x = (point.position - start) / span;
    const y = point.level - base;
    sums.x[at + 1] = (sums.x[at] ?? 0) + x;
    sums.y[at + 1] = (sums.y[at] ?? 0) + y;
    sums.xx[at + 1] = (sums.xx[at] ?? 0) + x * x;
    sums.xy[at + 1] = (sums.xy[at] ?? 0) + x * y;
    sums.yy[at + 1] = (sums.yy[at] ?? 0) + y * y;
  });
  return sums;
}

const between = (sums: Float64Array, from: number, to: number) => (sums[to] ?? 0) - (sums[from] ?? 0);

/** The sum of squares around the mean, of the points `from` to before `to`. */
function misfitEven({ y, yy }: Sums, from: number, to: number): number {
  const sum = between(y, from, to);
  return Math.max(0, between(yy, from, to) - (sum * sum) / (to - from));
}

/** How much less it is around their line. */
function explainedByDrift({ x, y, xx, xy }: Sums, from: number, to: number): number {
  const n = to - from;
  const along = between(x, from, to);
  const width = between(xx, from, to) - (along * along) / n;
  const together = between(xy, from, to) - (along * between(y, from, to)) / n;
  return width > 0 ? (together * together) / width : 0;
}
