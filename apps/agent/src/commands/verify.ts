import { inspectJob } from '@milepost/checkpoint/inspect';
import { checkMerged } from '@milepost/checkpoint/merge';
import { jobPaths } from '@milepost/checkpoint/paths';
import { itemsIn } from '@milepost/checkpoint/plan';
import { EXIT } from '@milepost/shared/answers';
import { cleanText } from '@milepost/shared/text';
import { loadJob, requireBatched, resolveTarget } from '../jobTarget.ts';
import type { CommandContext } from './context.ts';

/**
 * `milepost verify ID`: reads every checkpoint, and the merged result, and compares their hashes. Changes nothing.
 * Returns exit code 1 where something is damaged.
 */
export async function verify(
  target: string,
  { json }: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const dir = await resolveTarget(target);
  const record = requireBatched(await loadJob(dir), 'Milepost has no hashes of its checkpoints');
  const paths = jobPaths(dir);
  const inspection = await inspectJob(paths, { verify: true });
  const merged = await checkMerged(paths);
  const damaged = inspection.damaged.map(({ entry, reason }) => ({
    first: entry.first,
    count: entry.count,
    reason: cleanText(reason),
  }));
  const problems = [
    ...damaged.map(({ first, count, reason }) => `items ${first} to ${first + count - 1}: ${reason}`),
    ...inspection.lines.map(({ line, reason }) => `line ${line} of the ledger does not count: ${reason}`),
    ...inspection.foreign.map((name) => `${cleanText(name)} is not in the ledger`),
    ...(merged.kind === 'damaged' ? [merged.reason] : []),
  ];
  const sound = damaged.length === 0 && merged.kind !== 'damaged';
  if (json) {
    context.json({
      version: 1,
      id: record.id,
      sound,
      checkpoints: inspection.done.length,
      items: itemsIn(inspection.done),
      damaged,
      result: merged.kind,
      problems,
    });
  } else {
    const result = merged.kind === 'sound' ? `, and the result ${merged.record.file}` : '';
    context.out.write(
      `${inspection.done.length} checkpoints with ${itemsIn(inspection.done)} items${result} are sound.\n`,
    );
    for (const problem of problems) context.out.write(`${problem}\n`);
    if (!sound) context.out.write(`milepost resume ${record.id} --verify does again what is damaged.\n`);
  }
  return sound ? EXIT.done : EXIT.failed;
}
