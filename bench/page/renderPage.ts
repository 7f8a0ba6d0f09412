import type { SpeedResult } from '../speed/result.ts';
import { markdownTable } from './markdown.ts';
import { partTexts } from './partTexts.ts';
import { type BenchRecord, type BenchRun, PARTS, type PartName, type PartRecord } from './record.ts';
import { besideTable, contents, missedGoals } from './summary.ts';

/** From this share of the processor on, others are told to have worked beside the bench. Percent. */
const OTHERS = 10;

/** The page of figures, whole. */
export function renderPage(record: BenchRecord): string {
  const main = mainRun(record);
  const measured = PARTS.flatMap((name) => (record.parts[name] === undefined ? [] : [name]));
  const blocks = [
    '# Benchmarks',
    ...(main === null ? [] : [runText(main, record)]),
    'What Milepost takes and what it saves, beside what people use today: the scp loop, GNU parallel with `--joblog --resume`, tqdm, a shell loop, a careful script. A figure is a median; what is compared was done in turn in the same run. A missed goal stands here as it is.',
    besideTable(record),
    missedGoals(record),
    contents(record),
    ...measured.map((name) => partText(name, record.parts[name], main)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The run that measured most of the parts; of several the last. */
function mainRun(record: BenchRecord): BenchRun | null {
  const runs = PARTS.flatMap((name) => record.parts[name]?.run ?? []);
  const partsOf = (run: BenchRun): number => runs.filter(({ at }) => at === run.at).length;
  const [first] = runs.toSorted((a, b) => partsOf(b) - partsOf(a) || b.at.localeCompare(a.at));
  return first ?? null;
}

function runText(run: BenchRun, record: BenchRecord): string {
  const parts = PARTS.flatMap((name) => record.parts[name] ?? []).filter((part) => part.run.at === run.at);
  const seconds = parts.reduce((sum, part) => sum + (part.kind === 'measured' ? part.seconds : 0), 0);
  const busiest = Math.max(0, ...parts.map(othersOf));
  const peers = Object.entries(run.peers).map(([name, version]) => `${name} ${version}`);
  return [
    markdownTable(
      ['', ''],
      [
        ['command', `\`${run.command}\`, ${tookText(seconds)}`],
        ['date', `${run.at.slice(0, 10)}, ${run.at.slice(11, 16)} UTC`],
        ['machine', `${run.cores} cores (${run.cpu}), ${run.memoryGib} GiB, ${run.disk}`],
        ['system', `${run.os}, Node ${run.node}`],
        ['beside it', peers.join(', ')],
        ['load', busiest < OTHERS ? `an idle machine (others took at most ${busiest} %)` : loaded(busiest)],
      ],
    ),
  ].join('\n\n');
}

function loaded(percent: number): string {
  return `**others worked on the machine at the same time**, up to ${percent} % of it: seconds are longer than on an idle one, ratios were measured in turn`;
}

function othersOf(part: PartRecord): number {
  if (part.kind !== 'measured') return 0;
  return Math.max(part.othersPercent.before, part.othersPercent.after);
}

function partText(name: PartName, part: PartRecord | undefined, main: BenchRun | null): string {
  const { heading, opening, closing } = partTexts[name];
  if (part === undefined) return '';
  if (part.kind === 'unmeasured') {
    return `## ${heading}\n\nNot measured by \`${part.run.command}\` on ${part.run.at.slice(0, 10)}: ${part.reason}.`;
  }
  const { results, tables, notes, unmeasured } = part.measured;
  const blocks = [
    `## ${heading}`,
    opening,
    stampOf(name, part, main),
    ...(results.length === 0 ? [] : [tableOfResults(results), explained(results)]),
    ...tables.map(({ caption, head, rows }) =>
      [...(caption === '' ? [] : [caption]), markdownTable(head, rows)].join('\n\n'),
    ),
    notes.join('\n'),
    unmeasured.map(({ what, reason }) => `Not measured: ${what}: ${reason}.`).join('\n'),
    closing,
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function tookText(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/** How to measure the part alone; also when and where, where that wasn't with the others. */
function stampOf(name: PartName, part: PartRecord & { kind: 'measured' }, main: BenchRun | null): string {
  const { run, seconds } = part;
  const alone = `\`pnpm bench ${name} --write\` measures this part alone`;
  const took = tookText(seconds);
  if (run.at === main?.at) return `${alone}; ${took}.`;
  const others = othersOf(part);
  const busy = others < OTHERS ? '' : `; ${loaded(others)}`;
  return `${alone}, and did on ${run.at.slice(0, 10)} (${run.cores} cores, ${run.cpu}, ${run.os}, Node ${run.node}; ${took}${busy}).`;
}

function tableOfResults(results: readonly SpeedResult[]): string {
  const hasGoals = results.some(({ goal }) => goal !== null);
  const head = ['what', 'ours', 'against', 'measured', ...(hasGoals ? ['goal', 'met'] : [])];
  const rows = results.map(({ what, ours, against, measured, goal, met }) => [
    what,
    ours,
    against,
    measured,
    ...(hasGoals ? [goal ?? '', goal === null ? '' : met ? 'yes' : '**no**'] : []),
  ]);
  return markdownTable(head, rows);
}

function explained(results: readonly SpeedResult[]): string {
  return results.flatMap(({ what, note }) => (note === null ? [] : [`- ${what}: ${note}.`])).join('\n');
}
