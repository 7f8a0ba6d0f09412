import { join } from 'node:path';
import type { BatchedJob } from '@milepost/shared/job';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { type BatchAttempt, runBatches } from './batchLoop.ts';
import { setAside } from './commit.ts';
import { type Inspection, inspectJob } from './inspect.ts';
import { endedBy, type KeepRunInput, keepRun, type RunJobResult } from './keepRun.ts';
import { forgetMerging, isMerged, type MergeFiles, mergeCheckpoints, type WorkResult } from './merge.ts';
import { itemsIn } from './plan.ts';
import type { ProgressFile } from './progressFile.ts';
import { openRecordFile, type RecordAppender } from './recordFile.ts';
import { describeRun, type RunState } from './report.ts';
import { amounts, inspected, startingState } from './startingState.ts';
import { watchDisk } from './watchDisk.ts';

export interface RunJobInput extends KeepRunInput {
  record: BatchedJob;
  /** Reads every checkpoint's hash before it counts as done. */
  verify?: boolean;
  work: (batch: BatchAttempt, signal: AbortSignal) => Promise<WorkResult>;
  merge: (files: MergeFiles, signal: AbortSignal) => Promise<WorkResult>;
  /** Aborted: the run ends in order, as `interrupted` or, with a {@link StopRequest} as its reason, as `stopped`. */
  signal: AbortSignal;
  /** Aborted with a {@link StopRequest}: running batches are finished and committed, then the run ends as `stopped`. */
  finishSignal: AbortSignal;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told once the work begins: the run's number, and what it found. */
  onStarted: (run: number, inspection: Inspection) => void;
  onChange: (state: RunState) => void;
}

/**
 * One run of a job in batches: plan, work, commit, tell; then the merge. Whatever happens, what was committed stays, the
 * records say how the run ended, and PROGRESS.txt shows it.
 */
export async function runJob(input: RunJobInput): Promise<RunJobResult> {
  const { paths } = input;
  return keepRun(input, async () => {
    const found = await inspectJob(paths);
    return {
      newer: found.newer,
      async open(before, run) {
        // What it holds is on the disk before PROGRESS.txt counts it.
        const ledger = await openRecordFile(paths.ledger);
        const state = startingState({ ...input, before, inspection: found, run, host: input.process.host });
        if (input.verify) state.stage = 'checking';
        return {
          state,
          report: () => describeRun(state, input.monotonicMs(), input.now().toISOString()),
          async work(progress) {
            const inspection = input.verify ? await inspectJob(paths, { verify: true }) : found;
            await tidy(input, inspection);
            if (input.verify) Object.assign(state, inspected(inspection, run, before));
            input.onStarted(run, inspection);
            return work(input, inspection, state, ledger, progress);
          },
          ended: () => input.onChange(state),
          close: () => ledger.close(),
        };
      },
    };
  });
}

/** Sets strangers aside and tells what is not as it was. */
async function tidy(input: RunJobInput, inspection: Inspection): Promise<void> {
  const { paths } = input;
  for (const name of inspection.foreign) {
    const moved = await setAside(paths, join(paths.dir, name));
    input.onWarning(`${name} is not in the ledger: moved to ${moved ?? paths.orphans}.`);
  }
  for (const { line, reason } of inspection.lines) {
    input.onWarning(`Line ${line} of ${paths.ledger} does not count: ${reason}.`);
  }
  tellDamage(input, inspection);
}

function tellDamage({ onWarning }: RunJobInput, { damaged }: Inspection): void {
  for (const { entry, reason } of damaged) {
    onWarning(`${reason}: items ${entry.first} to ${entry.first + entry.count - 1} are done again.`);
  }
}

async function work(
  input: RunJobInput,
  inspection: Inspection,
  state: RunState,
  ledger: RecordAppender,
  progress: ProgressFile,
): Promise<RunJobResult> {
  const { paths, record, signal, finishSignal } = input;
  const disk = watchDisk(input, state);
  const onChange = () => {
    disk.look();
    progress.changed();
    input.onChange(state);
  };
  disk.look();
  const onFinish = () => {
    state.message = 'asked to stop: what runs is finished first';
    onChange();
  };
  finishSignal.addEventListener('abort', onFinish, { once: true });
  try {
    let there = inspection;
    for (let pass = 1; ; pass += 1) {
      const { failure, allDone } = await runBatches({ ...input, inspection: there, ledger, state, onChange });
      if (failure) return { outcome: 'failed', reason: describeFailure(failure, record) };
      if (signal.aborted) return endedBy(signal);
      if (!allDone && finishSignal.aborted) return endedBy(finishSignal);
      if (!allDone) return { outcome: 'failed', reason: 'not all items were done' };
      // What was saved hours ago may have been removed since, to make room or by mistake.
      ledger.assertHere();
      there = await inspectJob(paths);
      if (itemsIn(there.done) >= record.total) break;
      if (pass === MOST_PASSES || there.damaged.length === 0) {
        return { outcome: 'failed', reason: describeLoss(there) };
      }
      tellDamage(input, there);
      Object.assign(state, amounts(there));
      onChange();
    }
    const merged = await merge(input, there.done, ledger, state, onChange);
    if (signal.aborted) return endedBy(signal);
    return merged;
  } finally {
    finishSignal.removeEventListener('abort', onFinish);
  }
}

/** So often all batches are done until what was taken away meanwhile is a failure. */
const MOST_PASSES = 3;

function describeLoss({ damaged }: Inspection): string {
  const [first] = damaged;
  return first === undefined
    ? 'the ledger has lost lines while the job ran; a resume does again what they told'
    : `${first.reason}, again and again: something removes or changes checkpoints while the job runs`;
}

/** @param done the checkpoints of all items. */
async function merge(
  input: RunJobInput,
  done: readonly LedgerEntry[],
  ledger: RecordAppender,
  state: RunState,
  onChange: () => void,
): Promise<RunJobResult> {
  const { paths, record, signal } = input;
  if (record.merge === null || record.final === null) return { outcome: 'complete', reason: null };
  if (await isMerged(paths, done, record.final, { verify: input.verify ?? false })) {
    await forgetMerging(paths);
    return { outcome: 'complete', reason: null };
  }
  state.stage = 'merging';
  onChange();
  const result = await mergeCheckpoints({
    paths,
    entries: done,
    final: record.final,
    async merge(files) {
      const made = await input.merge(files, signal);
      // That may have taken long: another job's result may be what stands in this one's place by now.
      ledger.assertHere();
      return made;
    },
    at: input.now().toISOString(),
  });
  state.stage = null;
  if (result.kind === 'failed') {
    return { outcome: 'failed', reason: `the merge failed: ${result.reason}; a resume only merges again` };
  }
  return { outcome: 'complete', reason: null };
}

function describeFailure(
  failure: { first: number; count: number; reason: string },
  record: BatchedJob,
): string {
  const last = failure.first + failure.count - 1;
  const tries = record.retries === 0 ? '' : ` after ${record.retries + 1} attempts`;
  return `batch ${failure.first} to ${last} failed${tries}: ${failure.reason}`;
}
