import { inspectJob } from '@milepost/checkpoint/inspect';
import { readOwner } from '@milepost/checkpoint/lock';
import { jobPaths } from '@milepost/checkpoint/paths';
import { itemsIn } from '@milepost/checkpoint/plan';
import type { PlanAnswer } from '@milepost/shared/answers';
import { estimateEta } from '@milepost/shared/eta';
import { cleanText } from '@milepost/shared/text';
import { loadJob } from './jobTarget.ts';
import { Refusal } from './refusal.ts';
import { checkTrust } from './trust.ts';
import { readTruth } from './truth.ts';

/** What a resume of the job in `dir` would do. Changes nothing, and takes no lock. */
export async function planResume(
  dir: string,
  { verify, trust }: { verify: boolean; trust: boolean },
): Promise<PlanAnswer> {
  const record = await loadJob(dir);
  const paths = jobPaths(dir);
  const inspection = await inspectJob(paths, { verify });
  const items = itemsIn(inspection.done);
  const truth = await readTruth(dir);
  const committed = [...inspection.done]
    .sort((a, b) => a.index - b.index)
    .map(({ count, seconds }) => ({ count, seconds }));
  const eta = estimateEta({
    committed,
    running: [],
    remaining: record.total - items,
    jobs: record.jobs,
    every: record.every,
  });
  let refused: string | null = inspection.newer;
  if (truth.state === 'running' || truth.state === 'queued') {
    const owner = await readOwner(paths.lock);
    refused = owner === null ? 'it is running' : `it is running: ${cleanText(owner.host)}, pid ${owner.pid}`;
  }
  if (!trust) refused ??= await checkTrust(dir).then(() => null, reasonOf);
  return {
    version: 1,
    id: record.id,
    state: truth.state,
    done: { batches: inspection.done.length, items },
    todo: { items: record.total - items },
    redo: inspection.damaged.map(({ entry, reason }) => ({
      first: entry.first,
      count: entry.count,
      reason: cleanText(reason),
    })),
    estimatedSeconds: eta.etaSeconds,
    refused,
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  throw error;
}
