import type { RunJobResult } from '@milepost/checkpoint/keepRun';
import type { ProcessState } from '@milepost/checkpoint/process/processState';
import type { ProcessJob } from '@milepost/shared/job';
import type { FoundCheckpoint } from '@milepost/shared/processRecord';
import { cleanText } from '@milepost/shared/text';

/** Shows a program that runs whole to whoever started it. */
export interface ProcessDisplay {
  started(dir: string, state: ProcessState, checkpoint: FoundCheckpoint | null): void;
  /** What the program prints, byte for byte. */
  output(chunk: Buffer, stream: 'stdout' | 'stderr'): void;
  note(text: string): void;
  ended(record: ProcessJob, result: RunJobResult): void;
}

/** For a detached run: what there is to say stands in PROGRESS.txt and output.log. */
export const silentProcess: ProcessDisplay = {
  started: () => undefined,
  output: () => undefined,
  note: () => undefined,
  ended: () => undefined,
};

/** Where a program's own output goes, and what we have to say beside it. */
export interface RawOutput {
  write: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  /** Somebody reads standard error as it comes. */
  errorsAreSeen: boolean;
}

/**
 * Passes on what the program prints, each stream to ours. What we have to say goes to standard error, in lines of its
 * own: to a person in a terminal all of it; where it is read by a program only that the run did not end well.
 */
export function showProcess(raw: RawOutput): ProcessDisplay {
  function say(text: string): void {
    raw.write('stderr', Buffer.from(`milepost: ${cleanText(text, 1000)}\n`));
  }
  function sayIfSeen(text: string): void {
    if (raw.errorsAreSeen) say(text);
  }
  return {
    started(dir, state, checkpoint) {
      if (state.runs === 1) sayIfSeen(`started in ${dir}`);
      else if (checkpoint === null) sayIfSeen(`started again in ${dir}, run ${state.runs}`);
      else sayIfSeen(`resumed from ${checkpoint.path}, run ${state.runs}`);
    },
    output: (chunk, stream) => raw.write(stream, chunk),
    note: sayIfSeen,
    ended(record, { outcome, reason }) {
      if (outcome === 'complete') return sayIfSeen('COMPLETE');
      say(`${outcome.toUpperCase()}${reason === null ? '' : `: ${reason}`}`);
      say(`go on: milepost resume ${record.id}`);
    },
  };
}
