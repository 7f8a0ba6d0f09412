import { spawn } from 'node:child_process';
import { z } from 'zod';
import { countedDown, type Estimator, exponentialSmoothing } from './estimators.ts';
import { committedBy, runAt } from './played.ts';
import type { PlayedBatch, Trace } from './simulate.ts';

/** Relative to the project's folder, in which the bench runs. */
const SCRIPT = 'bench/eta/tqdmTraces.py';

const answerSchema = z.object({ version: z.string(), printed: z.array(z.array(z.number().nullable())) });

/** tqdm itself, run over some traces. */
export interface Tqdm {
  version: string;
  estimator: Estimator;
  /** At how many commits our stand-in says something else than what it printed, by more than a thousandth. */
  standIn: { differs: number; commits: number };
}

/** What one run of a script with a bar of tqdm would tell it. */
interface Run {
  total: number;
  initial: number;
  began: number;
  updates: [when: number, items: number][];
  batches: PlayedBatch[];
}

/** Runs the real tqdm over the traces, each commit an update by the wall clock, and `initial=` after a resume. */
export async function runTqdm(traces: readonly Trace[], python: string): Promise<Tqdm> {
  const runs = traces.map(runsOf);
  const { version, printed } = await answerOf(python, runs.flat());
  const says = new Map<PlayedBatch, number | null>();
  for (const [at, { batches }] of runs.flat().entries()) {
    for (const [update, batch] of batches.entries()) says.set(batch, printed[at]?.[update] ?? null);
  }
  const estimator: Estimator = (trace, work) => {
    const last = committedBy(trace, work).at(-1);
    if (last?.end == null || last.run !== runAt(trace, work)) return null;
    const left = says.get(last) ?? null;
    return left === null ? null : countedDown(left, work - last.end.work);
  };
  return { version, estimator, standIn: standInBeside(traces, estimator) };
}

function runsOf(trace: Trace): Run[] {
  const all = committedBy(trace, trace.workSeconds);
  return trace.runs.map((began, at) => {
    const batches = all.filter(({ run }) => run === at + 1);
    const earlier = all.filter(({ run }) => run <= at);
    return {
      total: trace.total,
      initial: earlier.reduce((sum, { count }) => sum + count, 0),
      began: began.wall,
      updates: batches.map(({ end, count }): [number, number] => [end?.wall ?? 0, count]),
      batches,
    };
  });
}

function standInBeside(traces: readonly Trace[], tqdm: Estimator): Tqdm['standIn'] {
  const standIn = { differs: 0, commits: 0 };
  for (const trace of traces) {
    // At the last commit nothing is left, and every difference would be all of it.
    for (const { end } of committedBy(trace, trace.workSeconds).slice(0, -1)) {
      const [ours, theirs] = [exponentialSmoothing(trace, end?.work ?? 0), tqdm(trace, end?.work ?? 0)];
      const isSame =
        ours === null || theirs === null ? ours === theirs : Math.abs(ours - theirs) <= 0.001 * theirs;
      standIn.commits += 1;
      if (!isSame) standIn.differs += 1;
    }
  }
  return standIn;
}

function answerOf(python: string, runs: readonly Run[]): Promise<z.infer<typeof answerSchema>> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
    let [said, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(answerSchema.parse(JSON.parse(said)));
      else reject(new Error(errors.trim().split('\n').at(-1) ?? `${python} ended with ${code}`));
    });
    // It may end before it has read all: then its end says why.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(runs.map(({ batches: _, ...run }) => run)));
  });
}
