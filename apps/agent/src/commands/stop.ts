import { setTimeout as delay } from 'node:timers/promises';
import { jobPaths } from '@milepost/checkpoint/paths';
import { readRuns } from '@milepost/checkpoint/runsFile';
import { requestStop } from '@milepost/checkpoint/stopFile';
import { EXIT, type StopAnswer } from '@milepost/shared/answers';
import { loadJob, resolveTarget } from '../jobTarget.ts';
import { Refusal } from '../refusal.ts';
import { readTruth } from '../truth.ts';
import type { CommandContext } from './context.ts';

export interface StopOptions {
  now?: boolean;
  wait?: boolean;
  json?: boolean;
}

/**
 * `milepost stop ID`: asks the run to end; its running batches are finished and committed first, or with `--now` ended
 * as well. Returns at once, or with `--wait` when the run has ended. A job that doesn't run is left as it is.
 */
export async function stop(target: string, options: StopOptions, context: CommandContext): Promise<number> {
  const dir = await resolveTarget(target);
  const record = await loadJob(dir);
  const paths = jobPaths(dir);
  const truth = await readTruth(dir);
  const { last } = await readRuns(paths);
  const runs = truth.state === 'running' || truth.state === 'queued';
  if (runs) {
    if (last === null) {
      throw new Refusal(
        'refused',
        `${record.id} is about to begin: there is no run yet that could be asked to end.`,
        `In a moment: milepost stop ${record.id}`,
      );
    }
    await requestStop(paths, {
      runId: last.start.runId,
      now: options.now ?? false,
      at: new Date().toISOString(),
    });
    if (options.wait) while (await stillRuns(dir, last.start.runId)) await delay(200);
  }
  const state = options.wait ? (await readTruth(dir)).state : truth.state;
  const answer: StopAnswer = { version: 1, id: record.id, state, asked: runs };
  if (options.json) context.json(answer);
  else if (!runs) context.out.write(`${record.id} does not run: it is ${truth.state}.\n`);
  else if (options.wait) context.out.write(`${record.id} is ${state}.\n`);
  else if (options.now)
    context.out.write(`${record.id} ends now; what was not saved is done again on resume.\n`);
  else if (record.kind === 'process') context.out.write(`${record.id} is asked to save its work and end.\n`);
  else context.out.write(`${record.id} finishes its running batches and then stops.\n`);
  return EXIT.done;
}

async function stillRuns(dir: string, runId: string): Promise<boolean> {
  const { last } = await readRuns(jobPaths(dir));
  return last?.start.runId === runId && (await readTruth(dir)).state === 'running';
}
