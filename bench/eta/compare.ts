import { type Estimator, elapsedOverCompleted, exponentialSmoothing, ours } from './estimators.ts';
import { seededRandom } from './random.ts';
import type { Trace } from './simulate.ts';
import type { TraceKind } from './traces.ts';

/** The estimator was tuned on these. */
export const TUNING_SEEDS = seeds(1, 24);
/** And is judged on these. */
export const BENCH_SEEDS = seeds(5001, 24);

function seeds(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}

/** Relative errors of one estimator over whole runs. */
export interface Errors {
  /** Half of all answers are off by less, as a share of the true rest. */
  median: number;
  p90: number;
  /** Share of the time in which it says nothing. */
  unknown: number;
}

export interface Comparison {
  kind: TraceKind;
  elapsed: Errors;
  smoothing: Errors;
  ours: Errors;
  /** Median error in the second tenth of the time. */
  oursAfterTenth: number;
  /** Error right after the third commit after each resume; one per resume. */
  oursThirdAfterResume: number[];
}

/** Moments of each run at which all three are asked, evenly over its work time. */
const MOMENTS = 240;

/** One trace of a kind for each seed. */
export function tracesOf(kind: TraceKind, useSeeds: readonly number[]): Trace[] {
  return useSeeds.map((seed) => kind.make(seededRandom(seed)));
}

/** Asks all three on traces of one kind. `smoothing`: tqdm itself, in place of what we wrote after it. */
export function compareOn(
  kind: TraceKind,
  traces: readonly Trace[],
  { moments = MOMENTS, smoothing = exponentialSmoothing }: { moments?: number; smoothing?: Estimator } = {},
): Comparison {
  const all = { elapsed: collector(), smoothing: collector(), ours: collector() };
  const afterTenth: number[] = [];
  const thirds: number[] = [];
  for (const trace of traces) {
    for (let moment = 0; moment < moments; moment += 1) {
      const counted = trace.workSeconds - trace.countedFrom;
      const work = trace.countedFrom + ((moment + 0.5) / moments) * counted;
      all.elapsed.add(errorAt(elapsedOverCompleted, trace, work));
      all.smoothing.add(errorAt(smoothing, trace, work));
      const error = errorAt(ours, trace, work);
      all.ours.add(error);
      if (error !== null && moment >= moments / 10 && moment < moments / 5) afterTenth.push(error);
    }
    for (let run = 2; run <= trace.runs.length; run += 1) {
      const third = trace.batches
        .filter((batch) => batch.run === run && batch.end !== null)
        .map((batch) => batch.end?.work ?? 0)
        .sort((a, b) => a - b)[2];
      const error = third === undefined ? null : errorAt(ours, trace, third);
      if (error !== null) thirds.push(error);
    }
  }
  return {
    kind,
    elapsed: all.elapsed.errors(),
    smoothing: all.smoothing.errors(),
    ours: all.ours.errors(),
    oursAfterTenth: quantile(afterTenth, 0.5),
    oursThirdAfterResume: thirds,
  };
}

function errorAt(estimator: Estimator, trace: Trace, work: number): number | null {
  const estimate = estimator(trace, work);
  const truth = trace.workSeconds - work;
  return estimate === null ? null : Math.abs(estimate - truth) / truth;
}

function collector() {
  const errors: number[] = [];
  let unknown = 0;
  return {
    add(error: number | null) {
      if (error === null) unknown += 1;
      else errors.push(error);
    },
    errors: (): Errors => ({
      median: quantile(errors, 0.5),
      p90: quantile(errors, 0.9),
      unknown: unknown / (unknown + errors.length),
    }),
  };
}

/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
