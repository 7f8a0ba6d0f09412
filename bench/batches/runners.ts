import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJoblog } from './joblog.ts';
import type { BatchFolder } from './work.ts';

/** Does the batches of a folder, and goes on where it was. */
export interface Runner {
  name: string;
  start(folder: BatchFolder, jobs: number): string[];
  resume(folder: BatchFolder, jobs: number): string[];
  /** How many batches its record holds. */
  done(folder: BatchFolder): number;
  fileOf(folder: BatchFolder, first: string): string;
  /** The record that it goes by. */
  record(folder: BatchFolder): string;
}

/** @param verify every checkpoint's hash is compared before it counts */
export function milepost(agent: string, { verify = false } = {}): Runner {
  const results = (folder: BatchFolder) => join(folder.dir, 'results');
  const ledger = (folder: BatchFolder) => join(results(folder), '.milepost/ledger.jsonl');
  const width = ({ work }: BatchFolder) => Math.max(5, String(work.batches * work.items).length);
  return {
    name: verify ? 'milepost resume --verify' : 'milepost resume',
    start: (folder, jobs) => [
      process.execPath,
      agent,
      'run',
      '--name',
      'batches',
      '--total',
      `${folder.work.batches * folder.work.items}`,
      '--every',
      `${folder.work.items}`,
      '--jobs',
      `${jobs}`,
      '--ext',
      '.txt',
      '--dir',
      results(folder),
      '--',
      '/bin/sh',
      folder.script,
      '{start}',
      '{count}',
      folder.log,
    ],
    resume: (folder) => [process.execPath, agent, 'resume', ...(verify ? ['--verify'] : []), results(folder)],
    done: (folder) => readIfThere(ledger(folder)).split('\n').length - 1,
    fileOf: (folder, first) => join(results(folder), `checkpoint_${first.padStart(width(folder), '0')}.txt`),
    record: ledger,
  };
}

/** GNU parallel as its manual has it: the output redirected to its file, the joblog beside it. */
export function parallel(option: '--resume' | '--resume-failed'): Runner {
  const joblog = (folder: BatchFolder) => join(folder.dir, 'jobs.log');
  const argv = (folder: BatchFolder, jobs: number): string[] => {
    const inputs = join(folder.dir, 'firsts.txt');
    if (!existsSync(inputs)) writeFileSync(inputs, `${folder.firsts.join('\n')}\n`);
    const { items } = folder.work;
    const line = `/bin/sh ${folder.script} {} ${items} ${folder.log} > ${folder.dir}/checkpoint_{}.txt`;
    return ['parallel', `-j${jobs}`, '--joblog', joblog(folder), option, '-a', inputs, line];
  };
  return {
    name: `parallel ${option}`,
    start: argv,
    resume: argv,
    done: (folder) => parseJoblog(readIfThere(joblog(folder))).length,
    fileOf: (folder, first) => join(folder.dir, `checkpoint_${first}.txt`),
    record: joblog,
  };
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

export interface Ended {
  code: number | null;
  /** The last line that it said on standard error. */
  said: string;
}

/** Starts a program in a process group of its own; what each keeps for itself lies in the folder `state`. */
export function launch(
  [program = '', ...args]: readonly string[],
  state: string,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, XDG_STATE_HOME: join(state, 'state'), PARALLEL_HOME: join(state, 'parallel') },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    // Not 'close': what a killed one leaves behind may hold its standard error.
    child.once('exit', (code) => resolve({ code, said: said.trim().split('\n').at(-1) ?? '' }));
  });
  return { child, ended };
}

/** Runs to the end; anything but 0 is a failure of the measurement. */
export async function runToEnd(argv: readonly string[], state: string): Promise<void> {
  const { code, said } = await launch(argv, state).ended;
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ... ended with ${code}: ${said}`);
}
