import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ownIdentity } from '@milepost/checkpoint/identity';
import type { KeepRunInput, RunJobResult } from '@milepost/checkpoint/keepRun';
import type { JobRecord } from '@milepost/shared/job';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import type { HeldJob } from './hold.ts';
import { endLeftovers } from './leftovers.ts';
import { type OutputLog, openOutputLog } from './output/outputLog.ts';
import { type EndWatch, watchForEnd } from './watchForEnd.ts';

/** What a run under this agent has around it, whatever its kind of job. */
export interface RunSetting extends Omit<KeepRunInput, 'record'> {
  log: OutputLog;
  /** A line into the log, and to whoever looks on. */
  note: (text: string) => void;
  signal: EndWatch['signal'];
  finishSignal: EndWatch['finishSignal'];
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Does one run of a held job in the surroundings that it needs, and gives the job back when it has ended.
 *
 * @param tell a note of the run's, for whoever looks on.
 * @param onHeld told once the run is in the records.
 */
export async function withRunSetting<R extends JobRecord>(
  held: HeldJob<R>,
  tell: (text: string) => void,
  onHeld: (started: { run: number; runId: string }) => void,
  run: (setting: RunSetting) => Promise<RunJobResult>,
): Promise<RunJobResult> {
  const { paths, record, lock } = held;
  process.umask(Number.parseInt(record.surroundings.umask, 8));
  const log = openOutputLog(paths.log);
  const note = (text: string) => {
    log.note(text, new Date());
    tell(text);
  };
  const runId = randomUUID();
  const ending = watchForEnd(paths, runId);
  try {
    const result = await run({
      paths,
      recordChanged: held.recordChanged,
      runId,
      process: await ownIdentity(),
      agent: MILEPOST_VERSION,
      endLeftovers: async () => {
        const ended = await endLeftovers(paths.scratch, record.uid);
        if (ended.length > 0) note(`Ended what a killed run left behind: pid ${ended.join(', ')}.`);
      },
      signal: ending.signal,
      finishSignal: ending.finishSignal,
      monotonicMs: () => performance.now(),
      now: () => new Date(),
      pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
      onHeld: (number) => onHeld({ run: number, runId }),
      onWarning: note,
      log,
      note,
    });
    log.note(`The run ended: ${result.outcome}${result.reason ? `, ${result.reason}` : ''}.`, new Date());
    return result;
  } finally {
    await ending.dispose();
    await log.close();
    await lock.release();
  }
}
