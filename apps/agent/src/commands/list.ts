import { readRegistry } from '@milepost/checkpoint/registry';
import { EXIT, type ListAnswer } from '@milepost/shared/answers';
import { describeList } from '../output/statusText.ts';
import { readTruth } from '../truth.ts';
import type { CommandContext } from './context.ts';

/** `milepost list`: all jobs of this user on this host, with states that are true now. Returns the exit code. */
export async function list({ json }: { json?: boolean }, context: CommandContext): Promise<number> {
  const { entries, problems } = await readRegistry();
  const jobs: ListAnswer['jobs'] = [];
  for (const { id, dir } of entries) jobs.push({ id, dir, ...(await readTruth(dir)) });
  if (json) {
    context.json({ version: 1, jobs } satisfies ListAnswer);
    return EXIT.done;
  }
  context.out.write(`${describeList(jobs)}\n`);
  for (const problem of problems) context.out.write(`${problem}\n`);
  return EXIT.done;
}
