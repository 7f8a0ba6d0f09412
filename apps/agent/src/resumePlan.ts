import { inspectJob } from '@milepost/checkpoint/inspect';
import { readOwner } from '@milepost/checkpoint/lock';
import { jobPaths } from '@milepost/checkpoint/paths';
import { itemsIn } from '@milepost/checkpoint/plan';
import type { PlanAnswer } from '@milepost/shared/answers';
import { estimateEta } from '@milepost/shared/eta';
import type { JobState } from '@milepost/shared/state';
import { cleanText } from '@milepost/shared/text';
import { loadJob } from './jobTarget.ts';
import { planProcess } from './processPlan.ts';
import { Refusal } from './refusal.ts';
import { checkTrust } from './trust.ts';
import { readTruth } from './truth.ts';

/** What a resume of the job in `dir` would do. Changes nothing, and takes no lock. */
export async function planResume(
  dir: string,
  { verify, trust }: { verify: boolean; trust: boolean },
): Promise<PlanAnswer> {
  const record = await loadJob(dir);
  if (record.kind === 'process') return planProcess(dir, record, (state) => whyRefused(dir, state, trust));
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
  const refused = inspection.newer ?? (await whyRefused(dir, truth.state, trust));
  return {
    version: 1,
    id: record.id,
    state: truth.state,
    kind: 'batched',
    done: { batches: inspection.done.length, items },
    todo: { items: record.total - items },
    checkpoint: null,
    redo: inspection.damaged.map(({ entry, reason }) => ({
      first: entry.first,
      count: entry.count,
      reason: cleanText(reason),
    })),
    estimatedSeconds: eta.etaSeconds,
    refused,
  };
}

/** Why a resume would be refused now; null: it would go ahead. */
export async function whyRefused(dir: string, state: JobState, trust: boolean): Promise<string | null> {
  if (state === 'running' || state === 'queued') {
    const owner = await readOwner(jobPaths(dir).lock);
    return owner === null ? 'it is running' : `it is running: ${cleanText(owner.host)}, pid ${owner.pid}`;
  }
  return trust ? null : checkTrust(dir).then(() => null, reasonOf);
}

function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  throw error;
}
