import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { BENCH_SEEDS, type Comparison, quantile, TUNING_SEEDS } from './eta/compare.ts';
import { goalsOf } from './eta/goals.ts';
import { etaTable, markdownTable } from './eta/table.ts';
import type { SpeedResult } from './speed/result.ts';

/** Relative to the project's folder, in which the bench runs. */
const PATH = 'docs/benchmarks.md';

const SPEED = '## Speed';
const WATCHING = '## Watching';
const APP = '## The app';
const OUTPUT = '## Reading output';
const TRACK = '## Tracking a loop';
const TIME_LEFT = '## Time left';

/** What was measured; a part that wasn't is empty. */
export interface Measured {
  eta: readonly Comparison[];
  speed: readonly SpeedResult[];
  polls: readonly SpeedResult[];
  app: readonly SpeedResult[];
  output: readonly SpeedResult[];
  track: readonly SpeedResult[];
}

/** Writes what was measured into the page of figures; a part that was not measured stays. Returns the page's path. */
export async function writeBenchmarks({ eta, speed, polls, app, output, track }: Measured): Promise<string> {
  const before = await readFile(PATH, 'utf8').catch(() => '');
  const parts = [
    '# Benchmarks\n\nEach part says by which command, where and when it was made.',
    speed.length > 0 ? speedPart(speed) : partOf(before, SPEED),
    polls.length > 0 ? pollPart(polls) : partOf(before, WATCHING),
    app.length > 0 ? appPart(app) : partOf(before, APP),
    output.length > 0 ? outputPart(output) : partOf(before, OUTPUT),
    track.length > 0 ? trackPart(track) : partOf(before, TRACK),
    eta.length > 0 ? etaPart(eta) : partOf(before, TIME_LEFT),
  ];
  await writeFile(PATH, `${parts.filter((part) => part !== '').join('\n\n')}\n`);
  return PATH;
}

/** From a heading of the page to the next of its kind; empty where it isn't there. */
function partOf(page: string, heading: string): string {
  const from = page.indexOf(`${heading}\n`);
  if (from < 0) return '';
  const to = page.indexOf('\n## ', from + 1);
  return page.slice(from, to < 0 ? undefined : to).trim();
}

function machine(): string {
  const load = loadavg()[0] ?? 0;
  const cores = cpus();
  const busy =
    load > cores.length
      ? ` Others worked on the machine at the same time (load ${load.toFixed(0)} at the end): seconds are longer than on an idle one, ratios were measured in turn.`
      : '';
  return `${new Date().toISOString().slice(0, 10)}, ${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform}, Node ${process.versions.node}.${busy}`;
}

function tableOf(results: readonly SpeedResult[]): string {
  const rows = results.map((result) => [
    result.what,
    result.ours,
    result.against,
    result.measured,
    result.goal,
    result.met ? 'yes' : 'no',
  ]);
  const notes = results.flatMap(({ what, note }) => (note === null ? [] : [`- ${what}: ${note}.`]));
  const head = ['what', 'ours', 'against', 'measured', 'goal', 'met'];
  return `${markdownTable(head, rows)}\n\n${notes.join('\n')}`;
}

function pollPart(polls: readonly SpeedResult[]): string {
  return `${WATCHING}

\`pnpm bench poll --write\`, ${machine()} A real sshd on loopback behind a relay that delays each way by half of the round trip. Medians of 11; CPU is the mean, that of the relay included.

${tableOf(polls)}`;
}

function appPart(app: readonly SpeedResult[]): string {
  return `${APP}

\`pnpm bench app --write\`, ${machine()}

${tableOf(app)}`;
}

function outputPart(output: readonly SpeedResult[]): string {
  return `${OUTPUT}

\`pnpm bench output --write\`, ${machine()} Medians of 5 pairs done in turn; each is 1 GiB in pieces of 64 KiB, and one question for the reading at its end.

${tableOf(output)}`;
}

function trackPart(track: readonly SpeedResult[]): string {
  return `${TRACK}

\`pnpm bench track --write\`, ${machine()} The medians; the ratio is the median of those of each round.

${tableOf(track)}`;
}

function speedPart(speed: readonly SpeedResult[]): string {
  return `${SPEED}

\`pnpm bench speed --write\`, ${machine()} Medians of 15; where two are compared, of 15 pairs done in turn, and the ratio is the median of the pairs' ratios.

${tableOf(speed)}

An echo in a batch of its own is the worst case: all of the time is what Milepost adds. A batch costs three fsyncs, the start of
a shell that writes the pid by which a resume finds what a killed agent left, the command's own start out of Node, and the
folder of its attempt made and removed. The shell loop has none of these but a cheaper start. A batch that is saved every 1 to 5
minutes doesn't notice.`;
}

function etaPart(eta: readonly Comparison[]): string {
  const goals = eta.flatMap(goalsOf);
  const missed = goals.filter((goal) => goal.value > goal.limit);
  const thirds = eta.flatMap(({ kind, oursThirdAfterResume }) =>
    oursThirdAfterResume.length === 0
      ? []
      : [
          `- ${kind.name}: right after the third batch of the resumed run, half of the answers are off by less than ${percent(quantile(oursThirdAfterResume, 0.5))}, nine in ten by less than ${percent(quantile(oursThirdAfterResume, 0.9))}.`,
        ],
  );
  const steady = eta.filter(({ kind }) => kind.name.startsWith('steady'));
  const tenth = steady.map(
    ({ kind, oursAfterTenth }) =>
      `- ${kind.name}: in the second tenth of the time half of the answers are off by less than ${percent(oursAfterTenth)}.`,
  );
  return `${TIME_LEFT}

\`pnpm bench eta --write\`, ${new Date().toISOString().slice(0, 10)}; seeds make it the same on every machine. Relative error of the time left, median / 90th percentile, over whole runs, asked at 240 moments of each of 24 runs.
The estimator was tuned on seeds ${span(TUNING_SEEDS)} and is judged on seeds ${span(BENCH_SEEDS)}.

${markdownTable(
  ['trace', 'what it is'],
  eta.map(({ kind }) => [kind.name, kind.what]),
)}

${etaTable(eta)}

${[...thirds, ...tenth].join('\n')}

- **elapsed over completed** is \`elapsed * (total - done) / done\`, printed at each commit by a script that takes the time when it starts.
- **smoothing 0.3** is what tqdm 4.64 does at each commit, with its correction for the start, and with \`initial=\` after a resume.
- Between commits both are read as counting down, which is kinder than what they print.
- **ours** is asked with what runs at that moment, as PROGRESS.txt is written.

${missed.length === 0 ? 'Every goal of `bench/eta/goals.ts` is met.' : `Missed: ${missed.map((goal) => `${goal.trace}, ${goal.what}: ${goal.value.toFixed(2)} (goal ${goal.limit})`).join('; ')}.`}`;
}

function span(seeds: readonly number[]): string {
  return `${seeds[0]} to ${seeds.at(-1)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
