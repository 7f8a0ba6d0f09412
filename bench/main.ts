import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { compareApp } from './app/compareApp.ts';
import { compareBatches } from './batches/compareBatches.ts';
import { compareEta } from './eta/compareEta.ts';
import { compareOutput } from './output/compareOutput.ts';
import { describeBenchRun, othersPercent } from './page/benchRun.ts';
import { isPartName, PARTS, type PartMeasured, type PartName, type PartRecord } from './page/record.ts';
import { writePage } from './page/writePage.ts';
import { comparePolls } from './poll/comparePolls.ts';
import { FLEET_WATCHER, fleetOrderSchema, watchFleet } from './poll/fleetWatcher.ts';
import { compareSpeed } from './speed/compareSpeed.ts';
import { compareTrack } from './track/compareTrack.ts';

const USAGE = `Usage: pnpm bench [PART] [--only NAME] [--dir DIR] [--tuning] [--write]

Without a PART all of them, in about 12 minutes:
  batches        batches beside GNU parallel --joblog --resume, undisturbed and killed (Linux)
  poll           watching beside the scp loop, many hosts, watch --once (a real sshd on loopback)
  eta            the estimates of the time left beside tqdm's, on traces
  track          milepost.track beside tqdm (Python with python3-tqdm)
  speed          commits, resume scan, PROGRESS.txt, batches of echo
  output         progress taken from floods of what programs print
  app            the menu-bar app: CPU, memory, time to open (Linux, Chromium, a real sshd)

  --only NAME    only what has NAME in its name
  --dir DIR      a folder on the disk to measure (default: the system's temporary folder)
  --tuning       the traces that the estimator was tuned on, not those that it is judged on
  --write        the figures into docs/benchmarks.md: all of it, or the PART's
`;

interface Options {
  dir: string;
  agent: string;
  only: string;
  tuning: boolean;
}

const PYTHON = process.env['MILEPOST_PYTHON'] ?? '/usr/bin/python3';

const measures: Readonly<Record<PartName, (options: Options) => Promise<PartMeasured>>> = {
  batches: ({ dir, agent, only }) => compareBatches(dir, agent, only),
  poll: ({ dir, agent, only }) => comparePolls(dir, agent, only),
  eta: ({ only, tuning }) => compareEta(PYTHON, { only, isTuning: tuning }),
  track: ({ dir, only }) => compareTrack(dir, only, PYTHON),
  speed: ({ dir, agent, only }) => compareSpeed(dir, agent, only),
  output: ({ dir, agent, only }) => compareOutput(dir, agent, only),
  app: ({ dir, only }) => compareApp(dir, only),
};

/** Measures what was asked for and prints it. A missed goal is told and fails nothing; 1: the part that was asked for, or every one, couldn't be measured. */
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
      // PART=REASON: can't be measured here.
      lack: { type: 'string', multiple: true, default: [] },
      tuning: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [asked] = positionals;
  const isKnown = positionals.every(isPartName) && positionals.length <= 1;
  if (values.help || !isKnown || (values.write && (values.only !== '' || values.tuning))) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const lacks = new Map(values.lack.map((lack) => [lack.split('=')[0], lack.split('=').slice(1).join('=')]));
  const command = asked === undefined ? 'pnpm bench -- --write' : `pnpm bench ${asked} --write`;
  const run = await describeBenchRun(command, values.dir, PYTHON, new Date());
  const chosen = PARTS.filter((name) => asked === undefined || name === asked);
  const parts: Partial<Record<PartName, PartRecord>> = {};
  for (const name of chosen) {
    console.log(`\n${name}`);
    const lack = lacks.get(name);
    if (lack !== undefined) {
      console.log(`  not measured: ${lack}`);
      parts[name] = { kind: 'unmeasured', run, reason: lack };
      continue;
    }
    const before = await othersPercent();
    const began = performance.now();
    try {
      const measured = await measures[name](values);
      const seconds = Math.round((performance.now() - began) / 1000);
      const othersLoad = { before, after: await othersPercent() };
      console.log(`  ${seconds} s; others took ${othersLoad.before} % before, ${othersLoad.after} % after`);
      parts[name] = { kind: 'measured', run, seconds, othersPercent: othersLoad, measured };
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
      console.error(`  FAILED  ${reason}`);
      parts[name] = { kind: 'unmeasured', run, reason };
    }
  }
  if (values.write) console.log(`\nWritten: ${await writePage(parts)}`);
  const isWhole = (part: PartRecord) => part.kind === 'measured' && part.measured.unmeasured.length === 0;
  const all = Object.values(parts);
  return asked === undefined
    ? Number(all.every(({ kind }) => kind === 'unmeasured'))
    : Number(!all.every(isWhole));
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
