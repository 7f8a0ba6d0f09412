import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessEnd, ProcessStart } from '@milepost/checkpoint/process/runProcess';
import type { ProcessJob } from '@milepost/shared/job';
import type { ProcessReading } from '@milepost/shared/processRecord';
import { childEnvironment } from './childEnvironment.ts';
import { type ChildInput, describeResult, runChild } from './childProcess.ts';
import { ATTEMPT_VARIABLE } from './leftovers.ts';
import { parseProgressPattern } from './output/progressPattern.ts';
import { createOutputReader, type OutputReading } from './output/readProgress.ts';
import { trueProgress } from './output/trueProgress.ts';
import { CHECKPOINT_PLACEHOLDER } from './processRequest.ts';

/** A program that is asked to end may take this long to save its work. */
const FINISH_MS = 5 * 60_000;
/** How often what the program says is looked at. */
const LOOK_EVERY_MS = 1000;
const LINE_END = Buffer.from('\n');

/** Runs the job's program whole, reads its progress from what it says, and passes on what it prints. */
export function processWork(
  record: ProcessJob,
  { signal, finishSignal, onOutput }: Pick<ChildInput, 'signal' | 'onOutput'> & { finishSignal: AbortSignal },
): (start: ProcessStart) => Promise<ProcessEnd> {
  return async (start) => {
    const patterns = record.patterns.map((text) => parseProgressPattern(text).pattern);
    const reader = createOutputReader({ patterns: patterns.filter((pattern) => pattern !== null) });
    let told = '';

    async function look(): Promise<void> {
      const reading = (await reportedIn(start.progressFile, record.unit)) ?? reader.reading();
      const said = reading === null ? null : inAll(start.earlier, reading);
      const text = said === null ? '' : JSON.stringify(said);
      if (text === told) return;
      told = text;
      start.report(said, reading?.unit ?? null);
    }
    let looking = Promise.resolve();
    const timer = setInterval(() => {
      looking = looking.then(look);
    }, LOOK_EVERY_MS);
    try {
      const result = await runChild({
        argv: argvOf(record, start.checkpoint),
        cwd: record.surroundings.cwd,
        env: {
          ...childEnvironment(record),
          ...processEnvironment(start),
          [ATTEMPT_VARIABLE]: `${record.uid}.run.${start.run}`,
        },
        pidFile: join(start.scratch, 'pid'),
        stdoutFile: null,
        pipesIn: start.scratch,
        onOutput(chunk, stream) {
          reader.add(stream, chunk);
          onOutput(chunk, stream);
        },
        signal,
        finish: { signal: finishSignal, graceMs: FINISH_MS },
        timeoutSeconds: null,
      });
      await looking;
      // What it said last, also in a line that has no end.
      for (const stream of ['stdout', 'stderr'] as const) reader.add(stream, LINE_END);
      await look();
      if (result.kind === 'exited' && result.code === 0) return { kind: 'done' };
      return { kind: 'failed', reason: describeResult(result, null) };
    } finally {
      clearInterval(timer);
      await looking;
    }
  };
}

/** The command, with what a resume adds to it. */
function argvOf(record: ProcessJob, checkpoint: string | null): string[] {
  const [program = '', ...args] = record.command;
  const added =
    checkpoint === null
      ? []
      : (record.resumeArgs ?? []).map((arg) => arg.replaceAll(CHECKPOINT_PLACEHOLDER, checkpoint));
  return [record.surroundings.program ?? program, ...args, ...added];
}

/** What the program finds in its environment besides the job's own surroundings. */
function processEnvironment(start: ProcessStart): Record<string, string> {
  const resumed: Record<string, string> = start.run > 1 ? { MILEPOST_RESUME: '1' } : {};
  if (start.checkpoint !== null) resumed['MILEPOST_CHECKPOINT'] = start.checkpoint;
  return { MILEPOST_PROGRESS: start.progressFile, ...resumed };
}

const MAX_REPORT_BYTES = 64;

/** What the program wrote into the file that MILEPOST_PROGRESS names: `340` or `340/2000`. */
async function reportedIn(path: string, unit: string): Promise<OutputReading | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const match = /^\s*(\d{1,15})\s*(?:\/\s*(\d{1,15})\s*)?$/.exec(text.slice(0, MAX_REPORT_BYTES));
  if (match?.[1] === undefined) return null;
  const completed = Number(match[1]);
  const total = match[2] === undefined ? null : Number(match[2]);
  return { completed, total, unit, from: 'the program itself', key: 'reported' };
}

/** What was done in all runs together, from what this run says. */
function inAll(earlier: ProcessReading | null, reading: OutputReading): ProcessReading {
  const { completed, total } = trueProgress({ earlier, reading });
  return { completed, total, from: reading.from, key: reading.key };
}
