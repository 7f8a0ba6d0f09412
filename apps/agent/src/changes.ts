import { findProgram } from '@milepost/checkpoint/surroundings';
import type { BatchedJob, JobRecord, ProcessJob } from '@milepost/shared/job';
import { refuseBatchOptions, refuseProcessOptions, wholeNumber } from './optionValues.ts';
import { type ProcessOptions, readProcessOptions } from './processRequest.ts';
import { Refusal } from './refusal.ts';
import { readEvery, readFinal, readMerge, readTimeout } from './request.ts';

/** What a resume may change of a job. */
export interface ChangeOptions extends ProcessOptions {
  every?: string;
  jobs?: string;
  retries?: string;
  batchTimeout?: string;
  merge?: string;
  final?: string;
  allowLoss?: boolean;
  force?: boolean;
}

/**
 * The job as a resume wants it from now on; the same object where nothing changes. Refused where that would make
 * what is saved wrong: a smaller total, or another command without `--force`.
 */
export async function changeJob(
  record: JobRecord,
  options: ChangeOptions,
  command: readonly string[],
): Promise<JobRecord> {
  const asked = record.kind === 'batched' ? changeBatched(record, options) : changeProcess(record, options);
  const isOther = command.length > 0 && JSON.stringify(command) !== JSON.stringify(record.command);
  return isOther ? { ...asked, ...(await changedCommand(record, command, options.force ?? false)) } : asked;
}

function changeBatched(record: BatchedJob, options: ChangeOptions): BatchedJob {
  refuseProcessOptions(options, `${record.id} runs in batches`);
  const changed: Partial<BatchedJob> = {};
  if (options.every !== undefined) changed.every = readEvery(options.every, options.allowLoss ?? false);
  if (options.jobs !== undefined) changed.jobs = wholeNumber('--jobs', options.jobs, 1, 1024);
  if (options.retries !== undefined) changed.retries = wholeNumber('--retries', options.retries, 0, 1000);
  if (options.batchTimeout !== undefined) changed.batchTimeoutSeconds = readTimeout(options.batchTimeout);
  if (options.merge !== undefined) changed.merge = readMerge(options.merge);
  if (options.final !== undefined || (options.merge !== undefined && record.final === null)) {
    changed.final = readFinal(options.final ?? `${record.name}${record.extension}`);
  }
  if (options.total !== undefined) changed.total = largerTotal(record, options.total);
  return Object.keys(changed).length === 0 ? record : { ...record, ...changed };
}

function changeProcess(record: ProcessJob, options: ChangeOptions): ProcessJob {
  refuseBatchOptions(options, BATCH_OPTIONS, `${record.id} runs as one process`);
  const changed = readProcessOptions(options, record);
  return Object.keys(changed).length === 0 ? record : { ...record, ...changed };
}

/** Options of a resume that only a job in batches has. */
const BATCH_OPTIONS = [
  ['every', '--every'],
  ['jobs', '--jobs'],
  ['retries', '--retries'],
  ['batchTimeout', '--batch-timeout'],
  ['merge', '--merge'],
  ['final', '--final'],
] as const;

function largerTotal(record: BatchedJob, text: string): number {
  const total = wholeNumber('--total', text, 1);
  if (total >= record.total) return total;
  throw new Refusal(
    'refused',
    `${record.id} has a total of ${record.total}, and can't be made smaller: ${total} was asked for. Nothing was changed.`,
    'A total can only grow.',
  );
}

async function changedCommand(
  record: JobRecord,
  command: readonly string[],
  force: boolean,
): Promise<Pick<JobRecord, 'command' | 'surroundings'>> {
  if (!force) {
    throw new Refusal(
      'refused',
      `The command of ${record.id} is another one. There: ${JSON.stringify(record.command)}. Asked for: ${JSON.stringify(command)}. Nothing was changed.`,
      'If its checkpoints fit those that are saved: --force',
    );
  }
  const { cwd, env } = record.surroundings;
  const program = await findProgram(command[0] ?? '', cwd, env['PATH'] ?? process.env['PATH'] ?? '');
  return { command: [...command], surroundings: { ...record.surroundings, program } };
}
