import { z } from 'zod';

/** What the file says of a job; `unreadable` is what a reader says when the file says nothing. */
export const PROGRESS_STATUSES = [
  'queued',
  'running',
  'complete',
  'failed',
  'interrupted',
  'stopped',
  'unreadable',
] as const;

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const seconds = z.number().min(0).finite();

/** One reading of a PROGRESS.txt, as `milepost status --json` prints it. Unknown values are null, never missing. */
export const progressSchema = z.object({
  version: z.literal(1),
  status: z.enum(PROGRESS_STATUSES),
  /** Whole items that are saved. */
  completed: count.nullable(),
  total: count.nullable(),
  /** `floor(1000 * completed / total) / 10`, 0 to 100. */
  percent: z.number().min(0).max(100).nullable(),
  /** Items that running batches report as done and that are not saved yet. */
  inFlight: count.nullable(),
  elapsedSeconds: seconds.nullable(),
  etaSeconds: seconds.nullable(),
  /** ISO 8601 with milliseconds; with a `Z` unless `lastUpdateIsLocal`. */
  lastUpdate: z.string().nullable(),
  /** True where the file gave a time without a zone: the host's own, never UTC. */
  lastUpdateIsLocal: z.boolean(),
  job: z.string().nullable(),
  unit: z.string().nullable(),
  rateText: z.string().nullable(),
  /** Where a program's progress was taken from, such as `tqdm "Epoch"`; null where it counts for itself. */
  from: z.string().nullable().default(null),
  /** How many checkpoints are saved. */
  checkpoints: count.nullable(),
  lastCheckpoint: z.string().nullable(),
  atRiskSeconds: seconds.nullable(),
  runs: count.nullable(),
  host: z.string().nullable(),
  /** What a running job is at besides its batches, such as `merging`. */
  stage: z.string().nullable(),
  message: z.string().nullable(),
  /** One sentence on what was wrong or was corrected. */
  problem: z.string().nullable(),
});

/** See {@link progressSchema}. */
export type Progress = z.infer<typeof progressSchema>;

export type ProgressStatus = Progress['status'];

/** What the agent can write as `Status`. */
export type JobStatus = Exclude<ProgressStatus, 'unreadable'>;

/**
 * Percent as writer and reader compute it: `floor(1000 * completed / total) / 10`, exactly, and at most 100. Null where
 * the total is unknown or 0, or where one of the two is no number of items.
 */
export function percentOf(completed: number | null, total: number | null): number | null {
  if (completed === null || total === null || !isItems(completed) || !isItems(total) || total === 0)
    return null;
  // Whole-number arithmetic: 1000 * completed may be above 2^53, and a quotient may round up to the next tenth.
  return Number((1000n * BigInt(Math.min(completed, total))) / BigInt(total)) / 10;
}

function isItems(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** What the writer of a PROGRESS.txt knows. Times in seconds; free text as it came: `formatProgress` cleans it. */
export interface ProgressReport {
  status: JobStatus;
  /** Null: it is not known, since the program says nothing of it. */
  completed: number | null;
  total: number | null;
  elapsedSeconds: number;
  /** Null: there is nothing to base it on yet. */
  etaSeconds: number | null;
  /** ISO 8601 in UTC with milliseconds and `Z`. */
  lastUpdate: string;
  job: string | null;
  unit: string | null;
  /** Items per second; null: not known yet. */
  itemsPerSecond: number | null;
  /** Where the progress was taken from; null where whoever writes this counts for itself. */
  from: string | null;
  checkpoints: number | null;
  lastCheckpoint: { name: string; at: string } | null;
  inFlight: number | null;
  atRiskSeconds: number | null;
  runs: number | null;
  host: string | null;
  stage: string | null;
  message: string | null;
}
