import { join } from 'node:path';
import { fileNameSchema } from '@milepost/shared/job';

/** Where everything of a job lies. `dir` is the folder that the person names. */
export interface JobPaths {
  readonly dir: string;
  readonly progress: string;
  readonly meta: string;
  readonly job: string;
  readonly ledger: string;
  readonly runs: string;
  readonly merged: string;
  /** Only between a result's rename and its record in `merged`. */
  readonly merging: string;
  /** Of a job of one process: how far it is said to be, and its own checkpoints. */
  readonly process: string;
  readonly lock: string;
  readonly reserve: string;
  readonly log: string;
  readonly scratch: string;
  readonly orphans: string;
}

/** The name of the folder that holds a job's records. */
export const META = '.milepost';
const PROGRESS = 'PROGRESS.txt';

/** The paths of the job in `dir`; nothing is looked at. */
export function jobPaths(dir: string, meta: string = join(dir, META)): JobPaths {
  return {
    dir,
    progress: join(dir, PROGRESS),
    meta,
    job: join(meta, 'job.json'),
    ledger: join(meta, 'ledger.jsonl'),
    runs: join(meta, 'runs.jsonl'),
    merged: join(meta, 'merged.json'),
    merging: join(meta, 'merging.json'),
    process: join(meta, 'process.json'),
    lock: join(meta, 'lock'),
    reserve: join(meta, 'reserve'),
    log: join(meta, 'output.log'),
    scratch: join(meta, 'scratch'),
    orphans: join(meta, 'orphans'),
  };
}

/** The name of the checkpoint whose first item is `first`. */
export function checkpointName(first: number, width: number, extension: string): string {
  return `checkpoint_${String(first).padStart(width, '0')}${extension}`;
}

/** Digits in checkpoint names for a job of `total` items: at least 5. */
export function nameWidth(total: number): number {
  return Math.max(5, String(total).length);
}

/** Whether a name in the job's folder is one that only checkpoints have. */
export function isCheckpointName(name: string): boolean {
  return /^checkpoint_\d/.test(name);
}

/** Whether the merged result may have this name in the job's folder: a plain one, and none that the job itself uses. */
export function isResultName(name: string): boolean {
  return fileNameSchema.safeParse(name).success && !isCheckpointName(name) && name !== PROGRESS;
}
