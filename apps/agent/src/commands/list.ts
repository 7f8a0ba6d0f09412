import { readRegistry } from '@milepost/checkpoint/registry';
import { EXIT, type ListAnswer } from '@milepost/shared/answers';
import { cleanText } from '@milepost/shared/text';
import { describeList } from '../output/statusText.ts';
import { readTruth } from '../truth.ts';
import type { CommandContext } from './context.ts';

/** `milepost list`: all jobs of this user on this host, with states that are true now. Returns the exit code. */
export async function list({ json }: { json?: boolean }, context: CommandContext): Promise<number> {
  const registry = await readRegistry();
  const problems = registry.problems.map((problem) => cleanText(problem));
  const jobs: ListAnswer['jobs'] = [];
  for (const { id, dir } of registry.entries) jobs.push({ id, dir, ...(await readTruth(dir)) });
  if (json) {
    const answer: ListAnswer = { version: 1, jobs };
    context.json(problems.length === 0 ? answer : { ...answer, problems });
    return EXIT.done;
  }
  context.out.write(`${describeList(jobs)}\n`);
  for (const problem of problems) context.out.write(`${problem}\n`);
  return EXIT.done;
}
