import { isResultName, nameWidth } from '@milepost/checkpoint/paths';
import { parseCadence, parseDuration } from '@milepost/shared/duration';
import type { BatchedJob, JobRecord, ProcessJob } from '@milepost/shared/job';
import { DEFAULT_UNIT, filled, refuseProcessOptions, usage, wholeNumber } from './optionValues.ts';
import { hasOutputPlaceholder, hasPlaceholder } from './placeholders.ts';
import { readProcessRequest } from './processRequest.ts';
import type { Refusal } from './refusal.ts';

/** `milepost run`'s options as the command line gives them. */
export interface RunOptions {
  name?: string;
  dir?: string;
  total?: string;
  unit?: string;
  every?: string;
  jobs?: string;
  retries?: string;
  keepGoing?: boolean;
  batchTimeout?: string;
  ext?: string;
  output?: string;
  merge?: string;
  final?: string;
  env: string[];
  adopt?: boolean;
  allowLoss?: boolean;
  /** Globs. */
  checkpoints?: string[];
  /** Regular expressions. */
  progress?: string[];
  resumeArgs?: string;
}

type RequestOf<R extends JobRecord> = Omit<R, 'version' | 'id' | 'uid' | 'createdAt' | 'surroundings'>;
export type BatchedRequest = RequestOf<BatchedJob>;
export type ProcessRequest = RequestOf<ProcessJob>;

/** What a person asked for, before it has an ID and a place. */
export type JobRequest = BatchedRequest | ProcessRequest;

/** The default cadence: a checkpoint about every two minutes. */
const DEFAULT_EVERY = '2m';
/** A crash never costs more than this, unless the person says that it may. */
const MOST_LOSS_SECONDS = 300;

/**
 * The job that the options and the command ask for. Throws a {@link Refusal} of kind `usage` that names the option and
 * what would do.
 *
 * @param folderName the base name of the job's folder, from which the name is taken where none was given.
 */
export function readRequest(options: RunOptions, command: readonly string[], folderName: string): JobRequest {
  if (command.length === 0) {
    throw usage(
      'No command was given.',
      'Put it behind two dashes: milepost run --total 1000 -- python gen.py {start}',
    );
  }
  const name = filled('--name', options.name ?? folderName);
  return hasPlaceholder(command) || options.every !== undefined
    ? readBatchedRequest(options, command, name)
    : readProcessRequest(options, command, name);
}

function readBatchedRequest(options: RunOptions, command: readonly string[], name: string): BatchedRequest {
  refuseProcessOptions(options, 'this one runs in batches');
  const total = wholeNumber('--total', options.total, 1);
  const extension = readExtension(options.ext);
  const merge = readMerge(options.merge);
  const usual = `${name}${extension}`;
  // A name that no file can have is fine as long as nothing is merged.
  const isUsed = options.final !== undefined || merge !== null || isResultName(usual);
  return {
    name,
    runner: 'agent',
    kind: 'batched',
    command: [...command],
    total,
    unit: filled('--unit', options.unit ?? DEFAULT_UNIT),
    every: readEvery(options.every ?? DEFAULT_EVERY, options.allowLoss ?? false),
    jobs: wholeNumber('--jobs', options.jobs ?? '1', 1, 1024),
    retries: wholeNumber('--retries', options.retries ?? '2', 0, 1000),
    keepGoing: options.keepGoing ?? false,
    batchTimeoutSeconds: readTimeout(options.batchTimeout),
    extension,
    output: readOutput(options.output, command),
    merge,
    final: isUsed ? readFinal(options.final ?? usual) : null,
    width: nameWidth(total),
  };
}

/** The value of `--every`; more than five minutes only with `allowLoss`. */
export function readEvery(text: string, allowLoss: boolean): BatchedRequest['every'] {
  const result = parseCadence(text);
  if (result.kind === 'error') throw usage(`--every: ${result.message}`);
  if ('seconds' in result.cadence && result.cadence.seconds > MOST_LOSS_SECONDS && !allowLoss) {
    throw usage(
      `--every ${text} would put more than five minutes of work at risk.`,
      'Take a shorter time, or say that the loss is fine: --allow-loss',
    );
  }
  return result.cadence;
}

/** The value of `--batch-timeout`, in seconds. */
export function readTimeout(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = parseDuration(text);
  if (typeof seconds === 'number' && seconds > 0) return seconds;
  throw usage(`--batch-timeout takes a time such as 30m or 90s, and not ${JSON.stringify(text)}.`);
}

function readExtension(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const extension = text.startsWith('.') ? text : `.${text}`;
  if (/^\.[A-Za-z0-9][A-Za-z0-9._-]*$/.test(extension)) return extension;
  throw usage(`--ext takes a file extension such as .npz, and not ${JSON.stringify(text)}.`);
}

/** The value of `--merge`: `concat`, or a shell line that names its inputs and its output. */
export function readMerge(text: string | undefined): BatchedRequest['merge'] {
  if (text === undefined) return null;
  if (text === 'concat') return { kind: 'concat' };
  if (text.includes('{output}') && (text.includes('{inputs}') || text.includes('{list}'))) {
    return { kind: 'command', command: text };
  }
  throw usage(
    `--merge ${JSON.stringify(text)} names no {output}, or neither {inputs} nor {list}.`,
    "Such as: --merge 'python merge.py {output} {list}', or --merge concat",
  );
}

/** The name of the merged result; refused where it is no plain file name or one that the job itself uses. */
export function readFinal(name: string): string {
  if (isResultName(name)) return name;
  throw usage(
    `The result can't be named ${JSON.stringify(name)}.`,
    'Give it another plain file name with --final.',
  );
}

function readOutput(text: string | undefined, command: readonly string[]): BatchedRequest['output'] {
  const hasPlace = hasOutputPlaceholder(command);
  if (text === undefined) return hasPlace ? 'path' : 'stdout';
  if (hasPlace) throw usage('--output and {output} in the command exclude each other.');
  if (text === 'stdout' || text === 'file') return text;
  throw usage(`--output takes stdout or file, and not ${JSON.stringify(text)}.`);
}
