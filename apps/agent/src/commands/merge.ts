import { remainingCheckpoints } from '@milepost/checkpoint/clean';
import { inspectJob } from '@milepost/checkpoint/inspect';
import { mergeCheckpoints, type WorkResult } from '@milepost/checkpoint/merge';
import { mergePartial, partialName, unbrokenPrefix } from '@milepost/checkpoint/partialMerge';
import { type JobPaths, jobPaths } from '@milepost/checkpoint/paths';
import { itemsIn } from '@milepost/checkpoint/plan';
import { EXIT, type MergeAnswer } from '@milepost/shared/answers';
import type { BatchedJob } from '@milepost/shared/job';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { cleanText } from '@milepost/shared/text';
import { commandWork } from '../batchWork.ts';
import { holdExisting } from '../hold.ts';
import { loadJob, requireBatched, resolveTarget } from '../jobTarget.ts';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';

export interface MergeOptions {
  partial?: boolean;
  withGaps?: boolean;
  json?: boolean;
}

/**
 * `milepost merge ID`: makes the final result again. With `--partial`, also while the job runs: the unbroken beginning
 * (`--with-gaps`: all that is saved) as NAME.partial.EXT. Returns the exit code.
 */
export async function merge(target: string, options: MergeOptions, context: CommandContext): Promise<number> {
  const dir = await resolveTarget(target);
  const record = requireBatched(await loadJob(dir), 'there is nothing to merge');
  if (record.runner === 'program' && record.merge === null) {
    throw new Refusal(
      'refused',
      `${record.id} is merged by its own program, so nobody else knows how.`,
      `Its checkpoints are in ${dir}; its program merges them when all are there.`,
    );
  }
  if (record.merge === null || record.final === null) {
    throw new Refusal(
      'refused',
      `${record.id} has no merge.`,
      `Give it one: milepost resume ${record.id} --merge concat`,
    );
  }
  // Not in the job's log: that is the run's, and a partial merge may go on beside one.
  const printed = createTail();
  const { name, items, result } = options.partial
    ? await partial(dir, record, record.final, options.withGaps ?? false, printed.add)
    : await whole(dir, record.final, printed.add);
  if (result.kind === 'failed') {
    const lines = printed.lines();
    const hint = lines.length > 0 ? ['The end of what it printed:', ...lines].join('\n') : null;
    throw new Refusal('failed', `The merge failed: ${result.reason}.`, hint);
  }
  const answer: MergeAnswer = { version: 1, id: record.id, file: name, items, total: record.total };
  if (options.json) context.json(answer);
  else context.out.write(`${name}: ${items} of ${record.total} items\n`);
  return EXIT.done;
}

interface Merged {
  name: string;
  items: number;
  result: WorkResult;
}

async function partial(
  dir: string,
  record: BatchedJob,
  final: string,
  withGaps: boolean,
  onOutput: (chunk: Buffer) => void,
): Promise<Merged> {
  const paths = jobPaths(dir);
  const { done } = await inspectJob(paths);
  const entries = withGaps ? done : unbrokenPrefix(done);
  if (entries.length === 0) {
    const hint = done.length > 0 ? 'Later parts are: --with-gaps takes all that is saved.' : null;
    throw new Refusal('refused', `${record.id} has nothing saved from item 0 on yet.`, hint);
  }
  await refuseCleaned(record.id, paths, entries);
  const name = partialName(final);
  const work = commandWork(record, onOutput, 'partial');
  const never = new AbortController().signal;
  const result = await mergePartial({ paths, entries, name, merge: (files) => work.merge(files, never) });
  return { name, items: itemsIn(entries), result };
}

async function whole(dir: string, final: string, onOutput: (chunk: Buffer) => void): Promise<Merged> {
  const held = await holdExisting(dir);
  try {
    const { paths } = held;
    const record = requireBatched(held.record, 'there is nothing to merge');
    const { done, damaged } = await inspectJob(paths);
    if (damaged.length > 0 || itemsIn(done) < record.total) {
      throw new Refusal(
        'refused',
        `${record.id} is not done: ${itemsIn(done)} of ${record.total} items are saved.`,
        `milepost resume ${record.id} goes on; milepost merge ${record.id} --partial merges what is there.`,
      );
    }
    await refuseCleaned(record.id, paths, done);
    const work = commandWork(record, onOutput);
    const result = await mergeCheckpoints({
      paths,
      entries: done,
      final,
      merge: (files) => work.merge(files, new AbortController().signal),
      at: new Date().toISOString(),
    });
    return { name: final, items: itemsIn(done), result };
  } finally {
    await held.lock.release();
  }
}

/** Only `clean` takes checkpoints away and leaves them counted as done. */
async function refuseCleaned(id: string, paths: JobPaths, entries: readonly LedgerEntry[]): Promise<void> {
  if ((await remainingCheckpoints(paths, entries)).files.length === entries.length) return;
  throw new Refusal('refused', `The checkpoints of ${id} were removed by clean: there is nothing to merge.`);
}

const TAIL_BYTES = 8 * 1024;
const TAIL_LINES = 10;

/** Keeps the end of what a command prints; its lines are cleaned, without empty ones. */
function createTail(): { add: (chunk: Buffer) => void; lines: () => string[] } {
  let kept = Buffer.alloc(0);
  return {
    add(chunk) {
      kept = Buffer.concat([kept, chunk]).subarray(-TAIL_BYTES);
    },
    lines: () =>
      kept
        .toString('utf8')
        .split(/[\r\n]+/)
        .map((line) => cleanText(line))
        .filter((line) => line !== '')
        .slice(-TAIL_LINES),
  };
}
