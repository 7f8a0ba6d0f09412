import { MAX_PATTERN_LENGTH, MAX_PATTERNS } from '@milepost/shared/job';
import { DEFAULT_UNIT, filled, refuseBatchOptions, usage, wholeNumber } from './optionValues.ts';
import { parseProgressPattern } from './output/progressPattern.ts';
import type { ProcessRequest, RunOptions } from './request.ts';
import { splitArguments } from './splitArguments.ts';

/** Options that mean something only for a command that runs in batches. */
const BATCH_OPTIONS = [
  ['jobs', '--jobs'],
  ['retries', '--retries'],
  ['keepGoing', '--keep-going'],
  ['batchTimeout', '--batch-timeout'],
  ['ext', '--ext'],
  ['output', '--output'],
  ['merge', '--merge'],
  ['final', '--final'],
  ['adopt', '--adopt'],
] as const;

/** What stands in `--resume-args` for the checkpoint's path. */
export const CHECKPOINT_PLACEHOLDER = '{checkpoint}';

/**
 * The job of a command that runs whole, as one process. Refused as wrong usage, with the option and what
 * would do.
 */
export function readProcessRequest(
  options: RunOptions,
  command: readonly string[],
  name: string,
): ProcessRequest {
  refuseBatchOptions(options, BATCH_OPTIONS, 'this one runs whole');
  const asked: ProcessRequest = {
    name,
    runner: 'agent',
    kind: 'process',
    command: [...command],
    total: null,
    unit: filled('--unit', options.unit ?? DEFAULT_UNIT),
    checkpoints: [],
    patterns: [],
    resumeArgs: null,
  };
  return { ...asked, ...readProcessOptions(options, asked) };
}

/** What says how a program that runs whole is watched and resumed. */
export type ProcessOptions = Pick<RunOptions, 'total' | 'checkpoints' | 'progress' | 'resumeArgs'>;

/** Those of the values that the options give; `before`: what holds without them. */
export function readProcessOptions(
  options: ProcessOptions,
  before: Pick<ProcessRequest, 'checkpoints'>,
): Partial<Pick<ProcessRequest, 'total' | 'checkpoints' | 'patterns' | 'resumeArgs'>> {
  const given: ReturnType<typeof readProcessOptions> = {};
  if (options.total !== undefined) given.total = wholeNumber('--total', options.total, 1);
  if (options.checkpoints?.length)
    given.checkpoints = patterns('--checkpoints', options.checkpoints).map(readGlob);
  if (options.progress?.length) given.patterns = patterns('--progress', options.progress).map(readPattern);
  if (options.resumeArgs !== undefined) {
    given.resumeArgs = readResumeArgs(options.resumeArgs, given.checkpoints ?? before.checkpoints);
  }
  return given;
}

/** As many, and as long ones, as a job's record may hold. */
function patterns(option: string, given: readonly string[]): readonly string[] {
  if (given.length > MAX_PATTERNS) {
    throw usage(`${option} is given ${given.length} times; a job takes ${MAX_PATTERNS} at most.`);
  }
  const long = given.find((pattern) => pattern.length > MAX_PATTERN_LENGTH);
  if (long === undefined) return given;
  throw usage(
    `${option} has a pattern of ${long.length} characters; ${MAX_PATTERN_LENGTH} are the most.`,
    'Is it quoted, so that no shell puts file names in its place?',
  );
}

function readGlob(glob: string): string {
  if (glob.trim() !== '') return glob;
  throw usage('--checkpoints takes a pattern of file names.', "Such as: --checkpoints 'ckpt/*.pt'");
}

function readPattern(text: string): string {
  const { problem } = parseProgressPattern(text);
  if (problem !== null) throw usage(problem);
  return text;
}

/** The arguments that a resume adds, as a shell would split them; no shell reads them. */
function readResumeArgs(text: string, checkpoints: readonly string[]): string[] {
  const args = splitArguments(text);
  if (args === undefined) {
    throw usage(
      `--resume-args ${JSON.stringify(text)} has a quote that is not closed.`,
      "Such as: --resume-args '--resume-from {checkpoint}'",
    );
  }
  if (args.some((arg) => arg.includes(CHECKPOINT_PLACEHOLDER)) && checkpoints.length === 0) {
    throw usage(
      `--resume-args names ${CHECKPOINT_PLACEHOLDER}, and nothing says where checkpoints are.`,
      "Such as: --checkpoints 'ckpt/*.pt'",
    );
  }
  return args;
}
