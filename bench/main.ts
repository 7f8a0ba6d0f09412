import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { compareApp } from './app/compareApp.ts';
import { BENCH_SEEDS, compareAll, TUNING_SEEDS } from './eta/compare.ts';
import { goalsOf } from './eta/goals.ts';
import { etaTable } from './eta/table.ts';
import { compareOutput } from './output/compareOutput.ts';
import { comparePolls } from './poll/comparePolls.ts';
import { FLEET_WATCHER, fleetOrderSchema, watchFleet } from './poll/fleetWatcher.ts';
import { compareSpeed } from './speed/compareSpeed.ts';
import { compareTrack } from './track/compareTrack.ts';
import { writeBenchmarks } from './writeBenchmarks.ts';

const USAGE = `Usage: pnpm bench [eta|speed|poll|app|output|track] [--only NAME] [--dir DIR] [--tuning] [--write]

  eta            the estimators of the time left, on traces
  speed          commits, resume scan, PROGRESS.txt, batches of echo
  poll           polls against scp, many hosts, watch --once (a real sshd on loopback)
  app            the menu-bar app: CPU, memory, time to open (Linux, Chromium, a real sshd)
  output         progress taken from floods of what programs print
  track          milepost.track beside tqdm (Python with python3-tqdm)
  --only NAME    only the parts whose name holds NAME
  --dir DIR      a folder on the disk to measure (default: the system's temporary folder)
  --tuning       the traces that the estimator was tuned on, not those that it is judged on
  --write        the figures into docs/benchmarks.md
`;

/** Measures what was asked for and prints it. A goal that is missed is told and fails nothing. */
async function main(): Promise<number> {
  const at = process.argv.indexOf(FLEET_WATCHER);
  if (at > 0) {
    await watchFleet(fleetOrderSchema.parse(JSON.parse(process.argv[at + 1] ?? '')));
    return 0;
  }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      dir: { type: 'string', default: tmpdir() },
      agent: { type: 'string', default: '' },
      tuning: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const part = positionals[0];
  const known = part === undefined || ['eta', 'speed', 'poll', 'app', 'output', 'track'].includes(part);
  if (values.help || !known || (values.write && (values.only !== '' || values.tuning))) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const eta =
    part !== undefined && part !== 'eta'
      ? []
      : compareAll(values.tuning ? TUNING_SEEDS : BENCH_SEEDS, part ? values.only : '');
  if (eta.length > 0) console.log(`${etaTable(eta)}\n`);
  for (const goal of eta.flatMap(goalsOf)) {
    if (goal.value > goal.limit) {
      console.log(`missed: ${goal.trace}: ${goal.what}: ${goal.value.toFixed(3)}, goal ${goal.limit}`);
    }
  }
  const isSpeed = part === undefined || part === 'speed';
  const isPoll = part === undefined || part === 'poll';
  const speed = isSpeed ? await compareSpeed(values.dir, values.agent, values.only) : [];
  const polls = isPoll ? await comparePolls(values.dir, values.agent, values.only) : [];
  const isApp = part === undefined || part === 'app';
  const app = isApp ? await compareApp(values.dir, values.only) : [];
  const isOutput = part === undefined || part === 'output';
  const output = isOutput ? await compareOutput(values.dir, values.agent, values.only) : [];
  const isTrack = part === undefined || part === 'track';
  const track = isTrack ? await compareTrack(values.dir, values.only) : [];
  const measured = { eta, speed, polls, app, output, track };
  if (values.write) console.log(`Written: ${await writeBenchmarks(measured)}`);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
