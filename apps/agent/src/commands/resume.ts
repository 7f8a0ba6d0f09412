import type { JobRecord } from '@milepost/shared/job';
import { type ChangeOptions, changeJob } from '../changes.ts';
import { startDetached } from '../detach.ts';
import { type HeldJob, holdExisting } from '../hold.ts';
import { loadJob, resolveTarget } from '../jobTarget.ts';
import { describePlan } from '../output/planText.ts';
import { programState, runProgram, startProgram } from '../programRun.ts';
import { Refusal } from '../refusal.ts';
import { planResume } from '../resumePlan.ts';
import { checkTrust } from '../trust.ts';
import type { CommandContext } from './context.ts';
import { announceStarted, resumeComplete, runHeld } from './runHeld.ts';

export interface ResumeOptions extends ChangeOptions {
  plan?: boolean;
  detach?: boolean;
  verify?: boolean;
  trust?: boolean;
  json?: boolean;
}

/** `milepost resume ID|DIR`: goes on from the last checkpoint. Returns the exit code. */
export async function resume(
  target: string,
  command: readonly string[],
  options: ResumeOptions,
  context: CommandContext,
): Promise<number> {
  const dir = await resolveTarget(target);
  const json = options.json ?? false;
  if (options.plan) {
    const answer = await planResume(dir, { verify: options.verify ?? false, trust: options.trust ?? false });
    if (json) context.json(answer);
    else context.out.write(`${describePlan(answer, { verify: options.verify ?? false })}\n`);
    return 0;
  }
  if (!options.trust) await checkTrust(dir);
  // What would be refused is refused here, before anything is started in the background.
  const record = await loadJob(dir);
  if (record.runner === 'program') return resumeProgram(dir, record, options, command, context);
  await changeJob(record, options, command);
  if (options.detach && context.ready === undefined) {
    return announceStarted(await startDetached(context.args), json, context);
  }
  const held = await applyChanges(await holdExisting(dir), options, command);
  const how = { verify: options.verify ?? false, json };
  return (await resumeComplete(held, how, context)) ?? runHeld(held, how, context);
}

/** A job that its own program holds: the program is started again as it was, and decides the rest. */
async function resumeProgram(
  dir: string,
  record: JobRecord,
  options: ResumeOptions,
  command: readonly string[],
  context: CommandContext,
): Promise<number> {
  if ((await changeJob(record, options, command)) !== record || options.verify) {
    throw new Refusal(
      'usage',
      `${record.id} is run by its own program, so a resume can't change it.`,
      'Change it in the program, and start that.',
    );
  }
  const json = options.json ?? false;
  const found = await programState(dir, record);
  if (found.kind === 'complete') return announceStarted(found.answer, json, context);
  if (!options.detach) return runProgram(dir, record);
  return announceStarted(await startProgram(dir, record, found.run), json, context);
}

async function applyChanges(
  held: HeldJob,
  options: ResumeOptions,
  command: readonly string[],
): Promise<HeldJob> {
  try {
    const record = await changeJob(held.record, options, command);
    return { ...held, record, recordChanged: record !== held.record };
  } catch (error) {
    await held.lock.release();
    throw error;
  }
}
