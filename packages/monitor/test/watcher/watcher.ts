import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleProgram } from '@milepost/testing/bundle';
import { type Report, reportSchema, type WatcherOrder } from './report.ts';

type View = Extract<Report, { kind: 'view' }>;
type Fetched = Extract<Report, { kind: 'fetched' }>;

/** A process that watches. */
export interface Watcher {
  pid: number;
  view(): View | undefined;
  job(name: string): View['jobs'][number] | undefined;
  /** The kinds of the events it told, in their order. */
  events(): string[];
  eventIds(): string[];
  /** What came of the fetch that was ordered. */
  fetched(): Fetched | undefined;
  /** When each new view came, ms of the steady clock. */
  viewTimes(name: string): number[];
  /** The most memory it ever had, MB; asked before it ends. */
  peakMb(): number;
  /** What it wrote to standard error. */
  errors(): string;
  end(signal: NodeJS.Signals): Promise<void>;
}

export function bundleWatcher(dir: string): Promise<string> {
  return bundleProgram(new URL('./watcherMain.ts', import.meta.url), dir);
}

/**
 * Left to itself V8 lets what is new grow to three times 16 MiB before it looks what of it is still needed, sooner or
 * later by chance: a peak would say more of that than of what the watcher holds.
 */
const EAGER = '--max-semi-space-size=2';

/** Starts one in an empty folder of its own, `dir`/cwd. */
export function startWatcher(program: string, dir: string, order: WatcherOrder): Watcher {
  const cwd = join(dir, 'cwd');
  mkdirSync(cwd, { recursive: true });
  const child: ChildProcess = spawn(process.execPath, [EAGER, program, JSON.stringify(order)], {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let view: View | undefined;
  let errors = '';
  let fetched: Fetched | undefined;
  const events: Extract<Report, { kind: 'event' }>[] = [];
  const times = new Map<string, number[]>();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  if (child.stdout === null || child.pid === undefined) throw new Error('The watcher did not start.');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = reportSchema.parse(JSON.parse(line));
    if (report.kind === 'event') {
      events.push(report);
      return;
    }
    if (report.kind === 'fetched') {
      fetched = report;
      return;
    }
    for (const job of report.jobs) {
      const before = view?.jobs.find(({ key }) => key === job.key);
      if (before?.completed === job.completed) continue;
      times.set(job.name, [...(times.get(job.name) ?? []), performance.now()]);
    }
    view = report;
  });
  const { pid } = child;
  return {
    pid,
    view: () => view,
    job: (name) => view?.jobs.find((job) => job.name === name),
    events: () => events.map(({ event }) => event),
    eventIds: () => events.map(({ id }) => id),
    fetched: () => fetched,
    viewTimes: (name) => times.get(name) ?? [],
    peakMb() {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return Number(peak) / 1024;
    },
    errors: () => errors,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
