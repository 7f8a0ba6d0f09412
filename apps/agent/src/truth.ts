import { stat } from 'node:fs/promises';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { livenessOf } from '@milepost/checkpoint/identity';
import { findJob } from '@milepost/checkpoint/jobFolder';
import { jobPaths } from '@milepost/checkpoint/paths';
import { readProgressFile } from '@milepost/checkpoint/readProgress';
import { readRuns } from '@milepost/checkpoint/runsFile';
import { unreadableProgress } from '@milepost/shared/progress/parse';
import { trueState } from '@milepost/shared/runs';
import type { JobStatusAnswer } from '@milepost/shared/state';

/** What is true of the job in `dir` now: its file, its records, and its process. Never throws for what is there. */
export async function readTruth(dir: string): Promise<JobStatusAnswer> {
  const paths = jobPaths(dir);
  if ((await attemptIfThere('look at', dir, () => stat(dir))) === undefined) {
    const reason = 'its folder is gone';
    return { ...unreadableProgress(reason), state: 'missing', since: null, reason };
  }
  const found = await findJob(dir);
  const progress = (await readProgressFile(paths.progress)) ?? null;
  if (found.kind === 'newer' || found.kind === 'damaged') {
    const reason = `job.json: ${found.reason}`;
    return { ...(progress ?? unreadableProgress(reason)), state: 'unreadable', since: null, reason };
  }
  const { last } = await readRuns(paths);
  const liveness = last && !last.end ? await livenessOf(last.start.process) : null;
  const truth = trueState(progress, last, liveness);
  return { ...(progress ?? unreadableProgress('there is no PROGRESS.txt')), ...truth };
}
