import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lock } from '@milepost/checkpoint/lock';
import type { JobPaths } from '@milepost/checkpoint/paths';
import { type RunJobResult, runJob } from '@milepost/checkpoint/runJob';
import type { JobRecord } from '@milepost/shared/job';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import { commandWork } from './batchWork.ts';
import { ownIdentity } from './identity.ts';
import { endLeftovers } from './leftovers.ts';
import { openOutputLog } from './output/outputLog.ts';
import type { RunDisplay } from './output/runDisplay.ts';
import { watchForEnd } from './watchForEnd.ts';

export interface SuperviseInput {
  paths: JobPaths;
  record: JobRecord;
  /** The record is not what job.json says. */
  recordChanged: boolean;
  /** Held; given back when the run has ended. */
  lock: Lock;
  verify: boolean;
  display: RunDisplay;
  onHeld: (started: { run: number; runId: string }) => void;
}

/** One run of a job under this agent, until it has ended in any of its ways. */
export async function supervise(input: SuperviseInput): Promise<RunJobResult> {
  const { paths, record, lock, display } = input;
  process.umask(Number.parseInt(record.surroundings.umask, 8));
  const log = openOutputLog(paths.log);
  const note = (text: string) => {
    log.note(text, new Date());
    display.note(text);
  };
  const runId = randomUUID();
  const ending = watchForEnd(paths, runId);
  const commands = commandWork(record, (chunk) => log.write(chunk));
  try {
    const result = await runJob({
      paths,
      record,
      recordChanged: input.recordChanged,
      runId,
      process: await ownIdentity(),
      agent: MILEPOST_VERSION,
      verify: input.verify,
      work: commands.work,
      merge: commands.merge,
      endLeftovers: async () => {
        const ended = await endLeftovers(paths.scratch, record.uid);
        if (ended.length > 0) note(`Ended what a killed run left behind: pid ${ended.join(', ')}.`);
      },
      signal: ending.signal,
      finishSignal: ending.finishSignal,
      monotonicMs: () => performance.now(),
      now: () => new Date(),
      pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
      onStarted: (run, inspection) => {
        log.note(`Run ${run} began: ${inspection.done.length} checkpoints are there.`, new Date());
        display.started(run, inspection);
      },
      onHeld: (run) => input.onHeld({ run, runId }),
      onChange: display.changed,
      onWarning: note,
    });
    log.note(`The run ended: ${result.outcome}${result.reason ? `, ${result.reason}` : ''}.`, new Date());
    display.ended(result);
    return result;
  } finally {
    await ending.dispose();
    await log.close();
    await lock.release();
  }
}
