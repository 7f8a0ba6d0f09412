import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { readProgressFile } from '@milepost/checkpoint/readProgress';
import { EXIT } from '@milepost/shared/answers';
import { unreadableProgress } from '@milepost/shared/progress/parse';
import { resolveTarget } from '../jobTarget.ts';
import { describeStatus } from '../output/statusText.ts';
import { readTruth } from '../truth.ts';
import type { CommandContext } from './context.ts';

/**
 * `milepost status ID|DIR|FILE`: of a job what is true now, of a file what it says. A file that can't be read is
 * answered, with exit code 1. Returns the exit code.
 */
export async function status(
  target: string,
  { json }: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const path = resolve(target);
  const there = await attemptIfThere('look at', path, () => stat(path)).catch(() => undefined);
  if (there !== undefined && !there.isDirectory()) {
    const progress = (await readProgressFile(path)) ?? unreadableProgress('it is gone');
    if (json) context.json(progress);
    else context.out.write(`${describeStatus(progress)}\n`);
    return progress.status === 'unreadable' ? EXIT.failed : EXIT.done;
  }
  const truth = await readTruth(await resolveTarget(target));
  if (json) context.json(truth);
  else context.out.write(`${describeStatus(truth)}\n`);
  return EXIT.done;
}
