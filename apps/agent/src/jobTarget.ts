import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { findJob } from '@milepost/checkpoint/jobFolder';
import { jobPaths } from '@milepost/checkpoint/paths';
import { readEntry } from '@milepost/checkpoint/registry';
import { type BatchedJob, type JobRecord, jobIdSchema } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { Refusal } from './refusal.ts';

/**
 * The folder of the job that `ID|DIR` means: a folder that holds one, or an ID in the registry. Where it could mean
 * two jobs it is refused with both named; where it means none, with what to do.
 */
export async function resolveTarget(target: string): Promise<string> {
  const asFolder = resolve(target);
  const meta = jobPaths(asFolder).meta;
  const isFolder =
    (await attemptIfThere('look at', meta, () => stat(meta)).catch(() => undefined)) !== undefined;
  const byId = jobIdSchema.safeParse(target).success ? await readEntry(target) : undefined;
  if (byId?.kind === 'newer') {
    throw new Refusal('refused', `The registry's entry for ${target} can't be read: ${byId.reason}.`);
  }
  const registered = byId?.kind === 'ok' ? byId.value.dir : undefined;
  if (isFolder && registered !== undefined && registered !== asFolder) {
    throw new Refusal(
      'refused',
      `${target} could mean two jobs: the one in the folder ${asFolder}, and the one called ${target} in ${registered}.`,
      `Give the folder: ./${target} or ${registered}`,
    );
  }
  if (isFolder) return asFolder;
  if (registered !== undefined) return registered;
  throw new Refusal(
    'refused',
    `There is no job ${cleanText(target)} here: no folder of a job, and no such ID in the list.`,
    'milepost list shows the jobs of this host.',
  );
}

/** The record of the job in a folder that should hold one; refused where it can't be used. */
export async function loadJob(dir: string): Promise<JobRecord> {
  const found = await findJob(dir);
  if (found.kind === 'ok') return found.value;
  if (found.kind === 'none') {
    throw new Refusal(
      'refused',
      `The folder ${dir} holds no job any more.`,
      'Was it moved? Give its new path.',
    );
  }
  const { job } = jobPaths(dir);
  if (found.kind === 'newer') throw new Refusal('refused', `${job} can't be used: ${found.reason}.`);
  throw new Refusal(
    'refused',
    `${job} can't be used: ${found.reason}. Nothing was changed.`,
    'The checkpoints are untouched. Start the same command in a new folder, or bring job.json back from a backup.',
  );
}

/** The record of a job in batches; refused for one that runs as one process, with `cannot`: what it has none of. */
export function requireBatched(record: JobRecord, cannot: string): BatchedJob {
  if (record.kind === 'batched') return record;
  throw new Refusal(
    'refused',
    `${record.id} runs as one process: ${cannot}.`,
    'Its checkpoints are files of its own: milepost status shows the newest one.',
  );
}
