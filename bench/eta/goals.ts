import { type Comparison, quantile } from './compare.ts';

/** What the estimator is held to, and whether it holds. */
export interface Goal {
  trace: string;
  what: string;
  value: number;
  limit: number;
}

/** Never this much worse than the better of the two others. */
const NEVER_ABOVE = 1.1;
/** By the third batch after a resume, nine times in ten. */
const AFTER_THIRD = 0.2;
/** In the second tenth of steady work. */
const AFTER_TENTH = 0.15;

/** Every goal that a comparison is held to. */
export function goalsOf(comparison: Comparison): Goal[] {
  const { kind, elapsed, smoothing, ours } = comparison;
  const goals: Goal[] = [
    {
      trace: kind.name,
      what: 'median error to the better of the others',
      value: ours.median / Math.min(elapsed.median, smoothing.median),
      limit: kind.share ?? NEVER_ABOVE,
    },
    {
      trace: kind.name,
      what: '90th percentile to the better of the others',
      value: ours.p90 / Math.min(elapsed.p90, smoothing.p90),
      limit: NEVER_ABOVE,
    },
  ];
  if (comparison.oursThirdAfterResume.length > 0) {
    goals.push({
      trace: kind.name,
      what: 'error right after the third batch of a resumed run, nine times in ten below',
      value: quantile(comparison.oursThirdAfterResume, 0.9),
      limit: AFTER_THIRD,
    });
  }
  if (kind.name.startsWith('steady')) {
    goals.push({
      trace: kind.name,
      what: 'median error after a tenth',
      value: comparison.oursAfterTenth,
      limit: AFTER_TENTH,
    });
  }
  return goals;
}
