import { isCleaned } from '@milepost/checkpoint/clean';
import { inspectJob } from '@milepost/checkpoint/inspect';
import type { RunJobResult } from '@milepost/checkpoint/keepRun';
import { isMerged } from '@milepost/checkpoint/merge';
import { itemsIn } from '@milepost/checkpoint/plan';
import { readProgressFile } from '@milepost/checkpoint/readProgress';
import { readRuns } from '@milepost/checkpoint/runsFile';
import { EXIT, type StartedAnswer } from '@milepost/shared/answers';
import { EXIT_OF_OUTCOME } from '../exitCodes.ts';
import type { HeldJob } from '../hold.ts';
import { showProcess, silentProcess } from '../output/processDisplay.ts';
import { showRun, silentDisplay } from '../output/runDisplay.ts';
import { Refusal } from '../refusal.ts';
import { supervise } from '../supervise.ts';
import { superviseProcess } from '../superviseProcess.ts';
import type { CommandContext } from './context.ts';

/** Runs a job that is held until its run has ended, and shows it. Returns the exit code. */
export async function runHeld(
  held: HeldJob,
  { verify, json }: { verify: boolean; json: boolean },
  context: CommandContext,
): Promise<number> {
  const { paths, record } = held;
  const quiet = context.ready !== undefined || json;
  const onHeld = ({ run, runId }: { run: number; runId: string }) => {
    const answer: StartedAnswer = {
      version: 1,
      id: record.id,
      dir: paths.dir,
      run,
      runId,
      alreadyComplete: false,
    };
    context.ready?.(answer);
  };
  let result: RunJobResult;
  if (record.kind === 'process') {
    const display = quiet ? silentProcess : showProcess(context.raw);
    if (held.note !== null) display.note(held.note);
    result = await superviseProcess({ held: { ...held, record }, display, onHeld });
  } else {
    const display = quiet ? silentDisplay : showRun(context.out, paths.dir, () => performance.now());
    if (held.note !== null) display.note(held.note);
    result = await supervise({ held: { ...held, record }, verify, display, onHeld });
    if (!quiet && result.outcome !== 'complete') {
      if (result.outcome === 'failed') context.out.write(`What it printed: milepost logs ${record.id}\n`);
      context.out.write(`Go on: milepost resume ${record.id}\n`);
    }
  }
  if (json && context.ready === undefined) {
    const { outcome, reason } = result;
    context.json({ version: 1, id: record.id, dir: paths.dir, outcome, reason });
  }
  return EXIT_OF_OUTCOME[result.outcome];
}

/**
 * Where a held job is complete, with its result there: says so, releases it and returns exit code 0. Undefined: there
 * is something left to do.
 */
export async function resumeComplete(
  held: HeldJob,
  { verify, json }: { verify: boolean; json: boolean },
  context: CommandContext,
): Promise<number | undefined> {
  const { paths, record, lock } = held;
  const history = await readRuns(paths);
  if (history.last?.end?.outcome !== 'complete') return undefined;
  const { run, runId } = history.last.start;
  if (!(await isWhole(held, { verify }))) return undefined;
  // A kill between the last two records of a run leaves PROGRESS.txt behind: another run brings it up to date.
  const told = (await readProgressFile(paths.progress))?.status === 'complete';
  if (!told) return undefined;
  await lock.release();
  const answer: StartedAnswer = {
    version: 1,
    id: record.id,
    dir: paths.dir,
    run,
    runId,
    alreadyComplete: true,
  };
  if (context.ready) context.ready(answer);
  else announceStarted(answer, json, context);
  return EXIT.done;
}

/** Whether what a complete job made is still there. What one process made is its own: that it ended well must do. */
async function isWhole(held: HeldJob, { verify }: { verify: boolean }): Promise<boolean> {
  const { paths, record, lock } = held;
  if (record.kind === 'process') return true;
  const { done, damaged } = await inspectJob(paths, { verify });
  const allDone = damaged.length === 0 && itemsIn(done) === record.total;
  const merged =
    record.merge === null || record.final === null || (await isMerged(paths, done, record.final, { verify }));
  const cleaned = await isCleaned(paths);
  if (cleaned && (!allDone || !merged)) {
    await lock.release();
    throw new Refusal(
      'refused',
      `The checkpoints of ${record.id} were removed by clean, so it can't go on${merged ? '' : ', and its result is not what was merged'}.`,
      'Start the job again in a new folder.',
    );
  }
  return allDone && merged;
}

/** Tells of a run that another process holds, or that had nothing left to do. Returns the exit code. */
export function announceStarted(answer: StartedAnswer, json: boolean, context: CommandContext): number {
  if (json) context.json(answer);
  else if (answer.alreadyComplete) context.out.write(`${answer.id} is complete: nothing to do.\n`);
  else if (context.out.isTerminal) {
    context.out.write(
      `${answer.id} runs in the background (run ${answer.run}). See it: milepost status ${answer.id}\n`,
    );
  } else context.out.write(`${answer.id}\n`);
  return EXIT.done;
}
