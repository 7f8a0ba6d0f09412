import { basename, resolve } from 'node:path';
import { findJob } from '@milepost/checkpoint/jobFolder';
import { captureSurroundings } from '@milepost/checkpoint/surroundings';
import type { JobRecord } from '@milepost/shared/job';
import { startDetached } from '../detach.ts';
import { createHeld, type HeldJob, holdExisting } from '../hold.ts';
import { loadJob } from '../jobTarget.ts';
import { Refusal } from '../refusal.ts';
import { type JobRequest, type RunOptions, readRequest } from '../request.ts';
import type { CommandContext } from './context.ts';
import { announceStarted, resumeComplete, runHeld } from './runHeld.ts';

export interface RunCommandOptions extends RunOptions {
  detach?: boolean;
  json?: boolean;
}

/** `milepost run`: starts a new job, or resumes the same one that the folder already holds. Returns the exit code. */
export async function run(
  options: RunCommandOptions,
  command: readonly string[],
  context: CommandContext,
): Promise<number> {
  const dir = resolve(options.dir ?? options.name ?? 'results');
  const request = readRequest(options, command, basename(dir));
  const found = await findJob(dir);
  // What would be refused is refused here, before anything is started in the background.
  if (found.kind !== 'none') sameJobOrRefuse(await loadJob(dir), request, dir);
  if (options.detach && context.ready === undefined) {
    return announceStarted(await startDetached(context.args), options.json ?? false, context);
  }
  const held =
    found.kind === 'none' ? await createOrHold(dir, request, options) : await holdSame(dir, request);
  const how = { verify: false, json: options.json ?? false };
  const complete = found.kind === 'none' ? undefined : await resumeComplete(held, how, context);
  return complete ?? runHeld(held, how, context);
}

async function createOrHold(dir: string, request: JobRequest, options: RunCommandOptions): Promise<HeldJob> {
  const surroundings = await captureSurroundings(request.command, options.env);
  if (surroundings.program === null && !/[{}]/.test(request.command[0] ?? '')) {
    throw new Refusal(
      'usage',
      `The program ${JSON.stringify(request.command[0])} was not found on PATH.`,
      'Give its path, or start the environment in which it is found.',
    );
  }
  const created = await createHeld(dir, request, surroundings, {
    adopt: options.adopt ?? false,
    now: new Date(),
  });
  return created ?? holdSame(dir, request);
}

async function holdSame(dir: string, request: JobRequest): Promise<HeldJob> {
  const held = await holdExisting(dir);
  try {
    sameJobOrRefuse(held.record, request, dir);
    return held;
  } catch (error) {
    await held.lock.release();
    throw error;
  }
}

const HOW = { batched: 'a command in batches', process: 'a command that runs whole' } as const;

/** The same job has the same command and total; everything else may be given anew by `resume`. */
function sameJobOrRefuse(record: JobRecord, request: JobRequest, dir: string): void {
  const isOther = record.kind !== request.kind || record.runner !== request.runner;
  if (isOther) {
    const there = record.runner === 'program' ? 'a program that does its own checkpoints' : HOW[record.kind];
    throw new Refusal(
      'refused',
      `${dir} holds a different job (${record.id}): ${there}. Asked for: ${HOW[request.kind]}. Nothing was changed.`,
      `Take another folder with --dir, or go on with the one that is there: milepost resume ${record.id}`,
    );
  }
  const sameCommand = JSON.stringify(record.command) === JSON.stringify(request.command);
  if (sameCommand && record.total === request.total) return;
  const [there, asked] = sameCommand
    ? [totalText(record.total), totalText(request.total)]
    : [JSON.stringify(record.command), JSON.stringify(request.command)];
  throw new Refusal(
    'refused',
    `${dir} holds a different job (${record.id}). There: ${there}. Asked for: ${asked}. Nothing was changed.`,
    `Take another folder with --dir, or go on with the one that is there: milepost resume ${record.id}`,
  );
}

function totalText(total: number | null): string {
  return total === null ? 'no --total' : `--total ${total}`;
}
