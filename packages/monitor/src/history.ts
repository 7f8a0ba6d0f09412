import { type RunOutcome, runOutcomeSchema } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { z } from 'zod';
import type { HostTarget } from './api.ts';
import type { Moment } from './clock.ts';
import type { JobSource } from './reading.ts';
import type { JobMemory } from './state.ts';

/** One run of a job that ended, as this watcher saw it. */
export const historyRecordSchema = z.object({
  /** (job, run): the same run never has two records. */
  id: z.string(),
  hostId: z.string(),
  hostName: z.string(),
  jobKey: z.string(),
  jobName: z.string(),
  /** Null where there is no agent. */
  runId: z.string().nullable(),
  outcome: runOutcomeSchema,
  /** By this machine's clock, ms since the epoch. */
  endedAt: z.number().int(),
  /** Time in which the job ran, over all its runs so far, as it told; null: it didn't. */
  elapsedSeconds: z.number().min(0).nullable(),
  /** Items that were saved in the end. */
  completed: z.number().int().min(0).nullable(),
  total: z.number().int().min(0).nullable(),
  unit: z.string().nullable(),
  /** How often the job was resumed until then. */
  resumes: z.number().int().min(0).nullable(),
  /** Items saved per second of `elapsedSeconds`; null: not known. */
  itemsPerSecond: z.number().positive().nullable(),
});
export type HistoryRecord = z.infer<typeof historyRecordSchema>;

/**
 * The record of a run that has just been seen to have ended; null while it hasn't, or where it is not known when.
 * `episode` counts the runs of a job that gives them no IDs.
 */
export function historyRecordOf(
  target: HostTarget,
  source: JobSource,
  memory: JobMemory,
  episode: number,
): HistoryRecord | null {
  const outcome = outcomeOf(memory);
  if (outcome === null || memory.sinceAt === null) return null;
  const { progress } = memory;
  const completed = progress?.completed ?? null;
  const elapsedSeconds = progress?.elapsedSeconds ?? null;
  const runs = memory.run ?? progress?.runs ?? null;
  const isPaced = completed !== null && completed > 0 && elapsedSeconds !== null && elapsedSeconds > 0;
  return {
    id: `${source.key}/${memory.runId ?? `run-${episode}`}`,
    hostId: target.id,
    hostName: cleanText(target.destination),
    jobKey: source.key,
    jobName: source.name,
    runId: memory.runId,
    outcome,
    endedAt: memory.sinceAt,
    elapsedSeconds,
    completed,
    total: progress?.total ?? null,
    unit: progress?.unit ?? null,
    resumes: runs === null ? null : Math.max(0, runs - 1),
    itemsPerSecond: isPaced ? completed / elapsedSeconds : null,
  };
}

function outcomeOf({ state }: JobMemory): RunOutcome | null {
  const parsed = runOutcomeSchema.safeParse(state);
  return parsed.success ? parsed.data : null;
}

const BASIS_RUNS = 5;

/**
 * When a job that gives no ETA yet will end, by the pace of its last runs: a number to begin with, until its first
 * batches are done. Null: no earlier run, nothing to count from, or longer than that already. `records` newest first.
 */
export function endsAtByHistory(
  records: readonly HistoryRecord[],
  hostId: string,
  source: JobSource,
  memory: JobMemory,
  moment: Moment,
): number | null {
  const { progress, gains } = memory;
  if (memory.state !== 'running' || memory.endsAt !== null || progress === null) return null;
  const { completed, total, etaSeconds, stage, unit } = progress;
  if (etaSeconds !== null || stage !== null || total === null || total <= (completed ?? 0)) return null;
  const paces: number[] = [];
  for (const record of records) {
    // An agent's job started anew in another folder has another ID and the same name.
    const isSame =
      record.jobKey === source.key ||
      (record.hostId === hostId &&
        record.runId !== null &&
        source.id !== null &&
        record.jobName === source.name);
    if (isSame && record.unit === unit && record.itemsPerSecond !== null) paces.push(record.itemsPerSecond);
    if (paces.length === BASIS_RUNS) break;
  }
  const pace = [...paces].sort((a, b) => a - b)[Math.floor(paces.length / 2)];
  const fromAt =
    gains.batchSteady === null ? memory.sinceAt : moment.now - (moment.steady - gains.batchSteady);
  if (pace === undefined || fromAt === null) return null;
  // Whole seconds: the two clocks differ by less from one poll to the next.
  const endsAt = Math.round((fromAt + ((total - (completed ?? 0)) / pace) * 1000) / 1000) * 1000;
  return endsAt > moment.now ? endsAt : null;
}
