import type { RunJobResult } from '@milepost/checkpoint/keepRun';
import { runProcess } from '@milepost/checkpoint/process/runProcess';
import type { ProcessJob } from '@milepost/shared/job';
import type { HeldJob } from './hold.ts';
import type { ProcessDisplay } from './output/processDisplay.ts';
import { processWork } from './processWork.ts';
import { withRunSetting } from './runSetting.ts';

export interface SuperviseProcessInput {
  /** Held; given back when the run has ended. */
  held: HeldJob<ProcessJob>;
  display: ProcessDisplay;
  onHeld: (started: { run: number; runId: string }) => void;
}

/** One run of a program that runs whole under this agent, until it has ended in any of its ways. */
export async function superviseProcess({
  held,
  display,
  onHeld,
}: SuperviseProcessInput): Promise<RunJobResult> {
  const { record, paths } = held;
  const result = await withRunSetting(held, display.note, onHeld, (setting) => {
    const { log, signal, finishSignal } = setting;
    return runProcess({
      ...setting,
      record,
      work: processWork(record, {
        signal,
        finishSignal,
        onOutput: (chunk, stream) => {
          display.output(chunk, stream);
          log.write(chunk);
        },
      }),
      onStarted: (state, { checkpoint }) => {
        const from = checkpoint === null ? '' : ` from ${checkpoint.path}`;
        log.note(`Run ${state.runs} began${from}.`, new Date());
        display.started(paths.dir, state, checkpoint);
      },
      onChange: () => undefined,
    });
  });
  display.ended(record, result);
  return result;
}
