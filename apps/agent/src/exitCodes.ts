import { EXIT } from '@milepost/shared/answers';
import type { RunOutcome } from '@milepost/shared/job';

/** The exit code that a run's end gives. */
export const EXIT_OF_OUTCOME = {
  complete: EXIT.done,
  failed: EXIT.failed,
  interrupted: EXIT.resumable,
  stopped: EXIT.resumable,
} as const satisfies Record<RunOutcome, number>;
