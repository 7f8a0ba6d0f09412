import { markdownTable } from '../page/markdown.ts';
import type { PartMeasured, Table } from '../page/record.ts';
import { besideByRatio, type SpeedResult } from '../speed/result.ts';
import { BENCH_SEEDS, type Comparison, type Errors, quantile, TUNING_SEEDS } from './compare.ts';
import { goalsOf } from './goals.ts';

const percent = (share: number) => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
const both = ({ median, p90 }: Errors) => `${percent(median)} / ${percent(p90)}`;
const span = (seeds: readonly number[]) => `${seeds[0]} to ${seeds.at(-1)}`;

/** Who stands for smoothing: tqdm itself, or what we wrote after it. */
export interface Smoother {
  /** Such as `tqdm 4.64.1`. */
  name: string;
  notes: string[];
}

/** Median and 90th percentile of each, and ours beside the better of the others. */
function errorsTable(comparisons: readonly Comparison[], smoother: string): Table {
  const rows = comparisons.map(({ kind, elapsed, smoothing, ours }) => {
    const median = ours.median / Math.min(elapsed.median, smoothing.median);
    const p90 = ours.p90 / Math.min(elapsed.p90, smoothing.p90);
    const better = `${median.toFixed(2)} / ${p90.toFixed(2)}`;
    return [kind.name, both(elapsed), both(smoothing), both(ours), better, percent(ours.unknown)];
  });
  const head = ['trace', 'elapsed over completed', smoother, 'ours', 'ours to the better', 'ours unknown'];
  return { caption: '', head, rows };
}

/** The same for a terminal. */
export function etaTable(comparisons: readonly Comparison[], smoother: string): string {
  const { head, rows } = errorsTable(comparisons, smoother);
  return markdownTable(head, rows);
}

/** What the page shows of the comparisons. */
export function etaPart(comparisons: readonly Comparison[], smoother: Smoother): PartMeasured {
  const goals = comparisons.flatMap(goalsOf);
  const missed = goals
    .filter(({ value, limit }) => value > limit)
    .map(
      ({ trace, what, value, limit }) => `time left, ${trace}: ${what}: ${value.toFixed(2)} (goal ${limit})`,
    );
  return {
    unmeasured: [],
    results: [
      overall(comparisons, smoother.name, ({ smoothing }) => smoothing),
      overall(comparisons, 'elapsed over completed', ({ elapsed }) => elapsed),
    ],
    tables: [
      errorsTable(comparisons, smoother.name),
      {
        caption: 'The traces:',
        head: ['trace', 'what it is'],
        rows: comparisons.map(({ kind }) => [kind.name, kind.what]),
      },
    ],
    notes: [
      ...comparisons.flatMap(pointsOf),
      '- **elapsed over completed** is `elapsed * (total - done) / done`, printed at each commit by a script that takes the time when it starts.',
      ...smoother.notes.map((note) => `- ${note}`),
      '- Between commits both are read as counting down, which is kinder than what they print.',
      '- **ours** is asked with what runs at that moment, as PROGRESS.txt is written.',
      `- 240 moments of each of ${BENCH_SEEDS.length} runs of each kind. The estimator was tuned on seeds ${span(TUNING_SEEDS)} and is judged on seeds ${span(BENCH_SEEDS)}; its goals stand in \`bench/eta/goals.ts\`.`,
    ],
    goals: { count: goals.length, missed },
  };
}

/** Over all kinds of traces: the kind in the middle, and how many are better or worse. */
function overall(
  comparisons: readonly Comparison[],
  peer: string,
  of: (comparison: Comparison) => Errors,
): SpeedResult {
  const ratios = comparisons.map((comparison) => comparison.ours.median / of(comparison).median);
  const better = ratios.filter((ratio) => ratio < 1 / 1.05).length;
  const worse = ratios.filter((ratio) => ratio > 1.05).length;
  const ratio = quantile(ratios, 0.5);
  const middle = (errors: readonly Errors[]) =>
    percent(
      quantile(
        errors.map(({ median }) => median),
        0.5,
      ),
    );
  return {
    what: `median error of the time left, against ${peer}: the middle one of ${comparisons.length} kinds of traces`,
    ours: middle(comparisons.map(({ ours }) => ours)),
    against: middle(comparisons.map(of)),
    measured: `${ratio.toFixed(2)} x`,
    goal: null,
    met: true,
    note: `the ratio is the middle one of the kinds’ ratios; better in ${better} of them, worse in ${worse}, by more than 5 %`,
    beside: besideByRatio(peer, `error of the time left, ${comparisons.length} kinds of work`, ratio),
  };
}

function pointsOf({ kind, oursThirdAfterResume, oursAfterTenth }: Comparison): string[] {
  const third = (share: number) => `${(quantile(oursThirdAfterResume, share) * 100).toFixed(1)} %`;
  return [
    ...(oursThirdAfterResume.length === 0
      ? []
      : [
          `- ${kind.name}: right after the third batch of the resumed run, half of the answers are off by less than ${third(0.5)}, nine in ten by less than ${third(0.9)}.`,
        ]),
    ...(kind.name.startsWith('steady')
      ? [
          `- ${kind.name}: in the second tenth of the time half of the answers are off by less than ${(oursAfterTenth * 100).toFixed(1)} %.`,
        ]
      : []),
  ];
}
