import { stat } from 'node:fs/promises';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { livenessOf } from '@milepost/checkpoint/identity';
import { findJob } from '@milepost/checkpoint/jobFolder';
import { readOwner } from '@milepost/checkpoint/lock';
import { type JobPaths, jobPaths } from '@milepost/checkpoint/paths';
import { readProgressFile } from '@milepost/checkpoint/readProgress';
import { readRuns } from '@milepost/checkpoint/runsFile';
import { unreadableProgress } from '@milepost/shared/progress/parse';
import { BEGINS_WITHIN_MS, trueState, type UnbegunJob } from '@milepost/shared/runs';
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
  // Before the records of runs are read: a run that begins meanwhile is found by those.
  const unbegun = progress === null ? await readUnbegun(paths) : null;
  const { last } = await readRuns(paths);
  const liveness = last && !last.end ? await livenessOf(last.start.process) : null;
  const truth = trueState(progress, last, liveness, unbegun);
  const nothing = unreadableProgress('there is no PROGRESS.txt');
  // Of a job that has not begun yet that is no problem.
  if (unbegun !== null && last === null) nothing.problem = null;
  return { ...(progress ?? nothing), ...truth };
}

/** A job is made with empty records of runs; null: something stands in them, or they are gone. */
async function readUnbegun(paths: JobPaths): Promise<UnbegunJob | null> {
  const runs = await attemptIfThere('look at', paths.runs, () => stat(paths.runs));
  if (runs === undefined || runs.size > 0) return null;
  const maker = await readOwner(paths.lock);
  const isGone =
    maker !== null && (await livenessOf({ ...maker, startTime: null, pidNamespace: null })) === 'dead';
  const isYoung = Date.now() - runs.mtimeMs <= BEGINS_WITHIN_MS;
  return { isStarting: isYoung && !isGone, madeAt: runs.mtime.toISOString() };
}
