import { join, resolve } from 'node:path';
import type { RunOutcome } from '@milepost/shared/job';
import type {
  FoundCheckpoint,
  ProcessReading,
  ProcessRecord,
  ProcessTry,
} from '@milepost/shared/processRecord';
import { makeFolderIn } from '../durable.ts';
import { endedBy, type RunJobResult } from '../keepRun.ts';
import type { ProgressFile } from '../progressFile.ts';
import type { RecordAppender } from '../recordFile.ts';
import type { CheckpointWatch } from './checkpointWatch.ts';
import type { Choice } from './chooseCheckpoint.ts';
import { writeProcessRecord } from './processFile.ts';
import { noteProgress, type ProcessState } from './processState.ts';
import type { ProcessEnd, RunProcessInput } from './runProcess.ts';

const LOOK_EVERY_MS = 5000;
/** Looking for checkpoints takes at most this part of the time. */
const SHARE_OF_LOOKING = 1 / 20;
const MOST_TRIES = 50;
/** So many of the newest are kept in the record. */
const MOST_KEPT = 200;
/** The record is rewritten at most once in this time for the sake of progress alone. */
const RECORD_EVERY_MS = 1000;

export interface WorkInput {
  state: ProcessState;
  watch: CheckpointWatch;
  earlier: ProcessRecord;
  choice: Choice;
  /** Whole checkpoints before this run, the newest first. */
  whole: readonly FoundCheckpoint[];
  progress: ProgressFile;
  /** Beside which process.json is written: in another run's folder it is not. */
  runs: RecordAppender;
}

/** Starts the program of a run that is in the records, and watches it until it has ended. */
export async function workThrough(input: RunProcessInput, start: WorkInput): Promise<RunJobResult> {
  const { paths, record } = input;
  const { state, watch, earlier, choice, progress } = start;
  const known = keepRecord(input, start);
  const watching = new AbortController();
  const looks = record.checkpoints.length > 0;

  function changed(): void {
    progress.changed();
    input.onChange(state);
  }
  async function note(found: readonly FoundCheckpoint[]): Promise<void> {
    const isNew = found[0]?.modifiedAt !== state.checkpoints?.[0]?.modifiedAt;
    state.checkpoints = found;
    await known.checkpoints(found);
    if (isNew) changed();
  }
  async function lookNowAndThen(): Promise<void> {
    while (looks && !watching.signal.aborted) {
      const began = input.monotonicMs();
      try {
        await note(await watch.look());
        state.warning = choice.warning;
      } catch (error) {
        state.warning = error instanceof Error ? error.message : String(error);
      }
      const tookMs = input.monotonicMs() - began;
      await input.pause(Math.max(LOOK_EVERY_MS, tookMs / SHARE_OF_LOOKING), watching.signal);
    }
  }

  const scratch = join(paths.scratch, `run_${state.runs}`);
  await makeFolderIn(scratch);
  await known.begin();
  state.warning = choice.warning;
  if (choice.warning !== null) input.onWarning(`${choice.warning}.`);
  input.onStarted(state, choice);
  changed();
  const looking = lookNowAndThen();
  let end: ProcessEnd;
  try {
    end = await input.work({
      run: state.runs,
      checkpoint:
        choice.checkpoint === null ? null : resolve(record.surroundings.cwd, choice.checkpoint.path),
      scratch,
      progressFile: join(scratch, 'progress'),
      earlier: earlier.reading,
      report(reading, unit) {
        if (unit !== null) state.unit = unit;
        noteProgress(state, reading, input.monotonicMs());
        if (reading !== null) known.reading(reading);
        changed();
      },
    });
  } finally {
    watching.abort();
    await looking;
  }
  const result = resultOf(input, end);
  // How the program ended stands, whatever can still be seen or written of it.
  try {
    if (looks) await note(await watch.lookAtEnd(result.outcome === 'complete'));
    await known.end(result.outcome);
  } catch (error) {
    input.onWarning(error instanceof Error ? error.message : String(error));
  }
  return result;
}

function resultOf({ signal, finishSignal }: RunProcessInput, end: ProcessEnd): RunJobResult {
  // Asked to end, it may end in any way; only what had ended well before that is complete.
  if (signal.aborted) return endedBy(signal);
  if (finishSignal.aborted) return endedBy(finishSignal);
  return end.kind === 'done'
    ? { outcome: 'complete', reason: null }
    : { outcome: 'failed', reason: end.reason };
}

/** The one writer of process.json while the run goes on. */
function keepRecord(input: RunProcessInput, { state, earlier, choice, whole, runs }: WorkInput) {
  const one: ProcessTry = {
    run: state.runs,
    checkpoint: choice.checkpoint?.path ?? null,
    modifiedAt: choice.checkpoint?.modifiedAt ?? null,
    bootId: input.process.bootId,
    progressed: false,
    outcome: null,
  };
  const record: ProcessRecord = {
    ...earlier,
    checkpoints: whole.slice(0, MOST_KEPT),
    tries: [...earlier.tries, one].slice(-MOST_TRIES),
  };
  const startedAt = state.startedAt.toISOString();
  let writing: Promise<void> = Promise.resolve();
  let writtenMs = Number.NEGATIVE_INFINITY;

  function write(): Promise<void> {
    writtenMs = input.monotonicMs();
    const result = writing.then(() => {
      runs.assertHere();
      return writeProcessRecord(input.paths, record);
    });
    writing = result.catch(() => undefined);
    return result;
  }
  const tell = (error: unknown) => input.onWarning(error instanceof Error ? error.message : String(error));

  return {
    begin: write,
    reading(reading: ProcessReading): void {
      const before = record.reading;
      record.reading = reading;
      const progressed = reading.completed > (earlier.reading?.completed ?? 0);
      const first = progressed && !one.progressed;
      one.progressed ||= progressed;
      const isOther = before?.key !== reading.key || before.total !== reading.total;
      if (first || isOther || input.monotonicMs() - writtenMs >= RECORD_EVERY_MS) void write().catch(tell);
    },
    async checkpoints(found: readonly FoundCheckpoint[]): Promise<void> {
      one.progressed ||= found.some(({ modifiedAt }) => modifiedAt >= startedAt);
      const kept = found.slice(0, MOST_KEPT);
      if (JSON.stringify(kept) === JSON.stringify(record.checkpoints)) return;
      record.checkpoints = kept;
      await write().catch(tell);
    },
    async end(outcome: RunOutcome): Promise<void> {
      one.outcome = outcome;
      await write();
    },
  };
}
