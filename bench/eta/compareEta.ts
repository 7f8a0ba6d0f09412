import type { PartMeasured } from '../page/record.ts';
import { BENCH_SEEDS, type Comparison, compareOn, TUNING_SEEDS, tracesOf } from './compare.ts';
import { type Estimator, exponentialSmoothing } from './estimators.ts';
import { goalsOf } from './goals.ts';
import { etaPart, etaTable, type Smoother } from './table.ts';
import { runTqdm } from './tqdm.ts';
import { traceKinds } from './traces.ts';

/** Compares the estimators on every kind of trace whose name holds `only`, tqdm itself among them where it is there. */
export async function compareEta(
  python: string,
  { only, isTuning }: { only: string; isTuning: boolean },
): Promise<PartMeasured> {
  const seeds = isTuning ? TUNING_SEEDS : BENCH_SEEDS;
  const kinds = traceKinds.filter(({ name }) => name.includes(only));
  const played = kinds.map((kind) => ({ kind, traces: tracesOf(kind, seeds) }));
  const unmeasured: PartMeasured['unmeasured'] = [];
  let smoother: Smoother & { estimator: Estimator } = {
    name: 'smoothing 0.3',
    notes: ['**smoothing 0.3** is what tqdm 4.64 does at each commit, written after it.'],
    estimator: exponentialSmoothing,
  };
  try {
    const { version, estimator, standIn } = await runTqdm(
      played.flatMap(({ traces }) => traces),
      python,
    );
    const name = `tqdm ${version}`;
    smoother = {
      name,
      notes: [
        `**${name}** is Debian’s, run on the traces with its clock set to theirs, an update at each commit, and with \`initial=\` after a resume: what stands on its bar.`,
        `The quick test of the estimates (\`bench/test\`) has a stand-in for it, which says the same to a thousandth at ${standIn.commits - standIn.differs} of all ${standIn.commits} commits; tqdm draws nothing when two come within 0.1 s.`,
      ],
      estimator,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    unmeasured.push({ what: 'tqdm itself, in whose place a stand-in is', reason });
  }
  const comparisons: Comparison[] = [];
  for (const { kind, traces } of played) {
    comparisons.push(compareOn(kind, traces, { smoothing: smoother.estimator }));
  }
  console.log(`${etaTable(comparisons, smoother.name)}\n`);
  for (const note of smoother.notes) console.log(note);
  for (const { value, limit, trace, what } of comparisons.flatMap(goalsOf)) {
    if (value > limit) console.log(`missed: ${trace}: ${what}: ${value.toFixed(3)}, goal ${limit}`);
  }
  return { ...etaPart(comparisons, smoother), unmeasured };
}
