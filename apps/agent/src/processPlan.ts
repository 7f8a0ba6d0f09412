import { ownIdentity } from '@milepost/checkpoint/identity';
import { jobPaths } from '@milepost/checkpoint/paths';
import { watchCheckpoints } from '@milepost/checkpoint/process/checkpointWatch';
import { chooseCheckpoint } from '@milepost/checkpoint/process/chooseCheckpoint';
import { NOTHING_KNOWN, readProcessRecord } from '@milepost/checkpoint/process/processFile';
import type { PlanAnswer } from '@milepost/shared/answers';
import type { ProcessJob } from '@milepost/shared/job';
import type { JobState } from '@milepost/shared/state';
import { cleanText } from '@milepost/shared/text';
import { readTruth } from './truth.ts';

/** What a resume of a job of one process would do. Changes nothing, and takes no lock. */
export async function planProcess(
  dir: string,
  record: ProcessJob,
  whyRefused: (state: JobState) => Promise<string | null>,
): Promise<PlanAnswer> {
  const read = await readProcessRecord(jobPaths(dir));
  const known = read.kind === 'ok' ? read.value : NOTHING_KNOWN;
  const truth = await readTruth(dir);
  const { bootId } = await ownIdentity();
  const whole =
    record.checkpoints.length === 0
      ? []
      : await watchCheckpoints(record.checkpoints, record.surroundings.cwd, known.checkpoints).lookAtEnd(
          false,
        );
  const { checkpoint } = chooseCheckpoint(whole, known.tries, bootId);
  const completed = known.reading?.completed ?? truth.completed ?? 0;
  const total = known.reading?.total ?? record.total ?? truth.total;
  const isComplete = truth.state === 'complete';
  return {
    version: 1,
    id: record.id,
    state: truth.state,
    kind: 'process',
    done: { batches: whole.length, items: completed },
    todo: { items: isComplete ? 0 : total === null ? null : Math.max(0, total - completed) },
    checkpoint: checkpoint === null || isComplete ? null : cleanText(checkpoint.path),
    redo: [],
    estimatedSeconds: isComplete ? 0 : truth.etaSeconds,
    refused: read.kind === 'newer' ? read.reason : await whyRefused(truth.state),
  };
}
