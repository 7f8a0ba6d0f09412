import { z } from 'zod';
import { runOutcomeSchema } from './job.ts';

// `.milepost/process.json`: what the agent knows of a job of one process besides its runs.

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** One of the program's own checkpoints that was found whole. */
export const foundCheckpointSchema = z.object({
  /** As the glob found it: from the job's working folder, or absolute. For show; never a path for a watcher to open. */
  path: z.string().min(1),
  bytes: count,
  /** When it was last written to, ISO 8601, UTC. */
  modifiedAt: z.string(),
});
export type FoundCheckpoint = z.infer<typeof foundCheckpointSchema>;

/** What is said of a program's progress, and by whom. */
export const processReadingSchema = z.object({
  completed: count,
  total: count.nullable(),
  /** For a person, such as `tqdm "Epoch"`. */
  from: z.string(),
  /** The same source has the same key, from run to run. */
  key: z.string(),
});
export type ProcessReading = z.infer<typeof processReadingSchema>;

/** A run that went on from a checkpoint: if it died before any new progress, that checkpoint is suspect. */
export const processTrySchema = z.object({
  run: z.number().int().min(1),
  /** Null: it began anew. */
  checkpoint: z.string().nullable(),
  /** When that checkpoint was last written to; another content under the same name is another checkpoint. */
  modifiedAt: z.string().nullable(),
  /** The kernel's boot in which it ran; null where that is not known. */
  bootId: z.string().nullable(),
  /** New progress, or a new whole checkpoint, was seen in it. */
  progressed: z.boolean(),
  /** Null: it still runs, or was killed. */
  outcome: runOutcomeSchema.nullable(),
});
export type ProcessTry = z.infer<typeof processTrySchema>;

export const processRecordSchema = z.object({
  version: z.literal(1),
  reading: processReadingSchema.nullable(),
  /** Whole ones, the newest first. */
  checkpoints: z.array(foundCheckpointSchema).max(1000),
  /** Of the last runs, in their order. */
  tries: z.array(processTrySchema).max(100),
});
export type ProcessRecord = z.infer<typeof processRecordSchema>;
