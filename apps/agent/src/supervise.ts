import type { RunJobResult } from '@milepost/checkpoint/keepRun';
import { runJob } from '@milepost/checkpoint/runJob';
import type { BatchedJob } from '@milepost/shared/job';
import { commandWork } from './batchWork.ts';
import type { HeldJob } from './hold.ts';
import type { RunDisplay } from './output/runDisplay.ts';
import { withRunSetting } from './runSetting.ts';

export interface SuperviseInput {
  /** Held; given back when the run has ended. */
  held: HeldJob<BatchedJob>;
  verify: boolean;
  display: RunDisplay;
  onHeld: (started: { run: number; runId: string }) => void;
}

/** One run of a job in batches under this agent, until it has ended in any of its ways. */
export async function supervise({ held, verify, display, onHeld }: SuperviseInput): Promise<RunJobResult> {
  const { record } = held;
  const result = await withRunSetting(held, display.note, onHeld, (setting) => {
    const commands = commandWork(record, (chunk) => setting.log.write(chunk));
    return runJob({
      ...setting,
      record,
      verify,
      work: commands.work,
      merge: commands.merge,
      onStarted: (run, inspection) => {
        setting.log.note(`Run ${run} began: ${inspection.done.length} checkpoints are there.`, new Date());
        display.started(run, inspection);
      },
      onChange: display.changed,
    });
  });
  display.ended(result);
  return result;
}
