import type { BatchedJob } from '@milepost/shared/job';
import type { LedgerEntry } from '@milepost/shared/ledger';
import type { Progress } from '@milepost/shared/progress/progress';
import type { Inspection } from './inspect.ts';
import { itemsIn } from './plan.ts';
import type { RunState } from './report.ts';

/** What a run knows before its first batch: the work of the runs before it, and their time. */
export function startingState({
  before,
  record,
  inspection,
  run,
  host,
  monotonicMs,
}: {
  /** What PROGRESS.txt said until now. */
  before: Progress | undefined;
  record: BatchedJob;
  inspection: Inspection;
  run: number;
  host: string;
  monotonicMs: () => number;
}): RunState {
  return {
    status: 'running',
    name: record.name,
    unit: record.unit,
    total: record.total,
    jobs: record.jobs,
    every: record.every,
    host,
    runs: run,
    earlierSeconds: run > 1 ? (before?.elapsedSeconds ?? 0) : 0,
    startedMs: monotonicMs(),
    running: new Set(),
    warning: null,
    ...inspected(inspection, run, before),
  };
}

/** The part of it that an inspection tells. */
export function inspected(
  inspection: Inspection,
  run: number,
  before: Progress | undefined,
): Pick<
  RunState,
  'completed' | 'savedBytes' | 'checkpoints' | 'lastCheckpoint' | 'timings' | 'stage' | 'message'
> {
  return {
    ...amounts(inspection),
    timings: [...inspection.done]
      .sort((a, b) => a.index - b.index)
      .filter((entry) => entry.attempt === 1 && entry.seconds > 0)
      // Which of the runs before it was is in no record; that it was another one is what matters.
      .map(({ count, seconds }) => ({ count, seconds, run: run - 1 })),
    stage: null,
    message: startMessage(run, inspection, run > 1 ? (before?.completed ?? 0) : 0),
  };
}

/** How much is saved, by an inspection. */
export function amounts(
  inspection: Inspection,
): Pick<RunState, 'completed' | 'savedBytes' | 'checkpoints' | 'lastCheckpoint'> {
  const last = inspection.done.reduce<LedgerEntry | null>(
    (newest, entry) => (newest === null || entry.index > newest.index ? entry : newest),
    null,
  );
  return {
    completed: itemsIn(inspection.done),
    savedBytes: inspection.done.reduce((sum, entry) => sum + entry.bytes, 0),
    checkpoints: inspection.done.length,
    lastCheckpoint: last ? { name: last.file, at: last.at } : null,
  };
}

function startMessage(run: number, inspection: Inspection, completedBefore: number): string | null {
  const { damaged } = inspection;
  const first = damaged[0];
  if (first) {
    const more = damaged.length > 1 ? ` and ${damaged.length - 1} more` : '';
    return `resumed; done again: ${first.reason}${more}`;
  }
  const lost = completedBefore - itemsIn(inspection.done);
  if (lost > 0) return `resumed; done again: ${lost} items that are no more in the ledger`;
  return run === 1 ? null : 'resumed after an interruption';
}
