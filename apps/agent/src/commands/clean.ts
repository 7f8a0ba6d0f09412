import { remainingCheckpoints, removeCheckpoints } from '@milepost/checkpoint/clean';
import { inUnits } from '@milepost/checkpoint/diskForecast';
import { inspectJob } from '@milepost/checkpoint/inspect';
import { checkMerged, isMerged } from '@milepost/checkpoint/merge';
import type { JobPaths } from '@milepost/checkpoint/paths';
import { itemsIn } from '@milepost/checkpoint/plan';
import { EXIT } from '@milepost/shared/answers';
import type { BatchedJob } from '@milepost/shared/job';
import { holdExisting } from '../hold.ts';
import { requireBatched, resolveTarget } from '../jobTarget.ts';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';

export interface CleanOptions {
  dryRun?: boolean;
  json?: boolean;
}

/**
 * `milepost clean ID`: removes the checkpoints of a job that is complete, merged, and whose result has its hash; says
 * how much first. `--dry-run` only says it. Returns the exit code.
 */
export async function clean(target: string, options: CleanOptions, context: CommandContext): Promise<number> {
  const held = await holdExisting(await resolveTarget(target));
  try {
    const { paths } = held;
    const record = requireBatched(held.record, 'Milepost has no checkpoints of it to remove');
    const done = await checkCleanable(paths, record);
    const { files, bytes } = await remainingCheckpoints(paths, done);
    if (options.json) {
      context.json({ version: 1, id: record.id, files: files.length, bytes, removed: !options.dryRun });
    } else {
      context.out.write(
        `${files.length} checkpoints, ${inUnits(bytes)}, in ${paths.dir}; the result ${record.final} was verified and stays.\n`,
      );
    }
    if (!options.dryRun) {
      await removeCheckpoints(paths, files, new Date().toISOString());
      if (!options.json) context.out.write('Removed.\n');
    }
    return EXIT.done;
  } finally {
    await held.lock.release();
  }
}

/** The checkpoints of a job whose merged result stands for all of them; refused where it doesn't. */
async function checkCleanable(paths: JobPaths, record: BatchedJob) {
  const refuse = (reason: string, hint: string) =>
    new Refusal('refused', `${record.id} keeps its checkpoints: ${reason}. Nothing was removed.`, hint);
  const { done, damaged } = await inspectJob(paths);
  if (damaged.length > 0 || itemsIn(done) < record.total) {
    throw refuse(
      `${itemsIn(done)} of ${record.total} items are saved`,
      `Go on: milepost resume ${record.id}`,
    );
  }
  const merged = await checkMerged(paths);
  if (merged.kind === 'none') throw refuse('nothing was merged', `milepost merge ${record.id}`);
  if (merged.kind === 'damaged') throw refuse(merged.reason, `Merge again: milepost merge ${record.id}`);
  if (!(await isMerged(paths, done, merged.record.file))) {
    throw refuse('the result was made of other checkpoints', `Merge again: milepost merge ${record.id}`);
  }
  return done;
}
