import { leaveRegistry, readEntry } from '@milepost/checkpoint/registry';
import { EXIT } from '@milepost/shared/answers';
import { jobIdSchema } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { Refusal } from '../refusal.ts';
import { readTruth } from '../truth.ts';
import type { CommandContext } from './context.ts';

/** `milepost forget ID`: takes a job out of the list; its files stay. Refused while it runs. Returns the exit code. */
export async function forget(
  id: string,
  { json }: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const entry = jobIdSchema.safeParse(id).success ? await readEntry(id) : undefined;
  if (entry === undefined) {
    throw new Refusal(
      'refused',
      `There is no job ${cleanText(id)} in the list.`,
      'milepost list shows what is.',
    );
  }
  const dir = entry.kind === 'ok' ? entry.value.dir : null;
  const state = dir === null ? null : (await readTruth(dir)).state;
  if (state === 'running' || state === 'queued') {
    throw new Refusal(
      'refused',
      `${id} is running: out of the list nobody would see it.`,
      `First: milepost stop ${id}`,
    );
  }
  await leaveRegistry(id);
  if (json) context.json({ version: 1, id, dir });
  else context.out.write(`${id} is out of the list.${dir === null ? '' : ` Its files stay in ${dir}.`}\n`);
  return EXIT.done;
}
