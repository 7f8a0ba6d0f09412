import type { FoundCheckpoint, ProcessTry } from '@milepost/shared/processRecord';

// From which of its own checkpoints a program goes on. Pure.

export interface Choice {
  /** Null: there is none to go on from. */
  checkpoint: FoundCheckpoint | null;
  /** Newer ones that are passed over: a run that began from each died before any new progress. */
  suspects: FoundCheckpoint[];
  /** One sentence for a person; null: there is nothing to say. */
  warning: string | null;
}

/** After so many runs in a row that died before any progress, the cause is hardly in a checkpoint. */
const HARDLY_A_CHECKPOINT = 3;

/**
 * The newest whole checkpoint that is not suspect. One is suspect where a run that began from it died, by itself or by
 * a kill, before anything new was seen of it; a host that went away is no fault of a checkpoint's, nor is a run that
 * a person or a signal ended in order.
 *
 * @param whole the newest first.
 * @param tries of the runs before, in their order.
 * @param bootId the kernel's boot now.
 */
export function chooseCheckpoint(
  whole: readonly FoundCheckpoint[],
  tries: readonly ProcessTry[],
  bootId: string | null,
): Choice {
  const newest = whole[0] ?? null;
  const dead = tries.filter((one) => diedAtOnce(one, bootId));
  const isSuspect = (found: FoundCheckpoint) =>
    dead.some((one) => one.checkpoint === found.path && one.modifiedAt === found.modifiedAt);
  const suspects: FoundCheckpoint[] = [];
  for (const found of whole) {
    if (!isSuspect(found)) {
      if (inARow(tries, bootId) < HARDLY_A_CHECKPOINT) {
        return { checkpoint: found, suspects, warning: suspects.length === 0 ? null : passedOver(suspects) };
      }
      break;
    }
    suspects.push(found);
  }
  const runs = inARow(tries, bootId);
  const warning =
    newest !== null && isSuspect(newest)
      ? `the last ${runs === 1 ? 'run' : `${runs} runs`} died before any new progress; the newest checkpoint is tried again`
      : null;
  return { checkpoint: newest, suspects: [], warning };
}

function passedOver(suspects: readonly FoundCheckpoint[]): string {
  const names = suspects.map(({ path }) => path).join(', ');
  return `${names} ${suspects.length === 1 ? 'is' : 'are'} passed over: the run that began from it died before any new progress`;
}

function inARow(tries: readonly ProcessTry[], bootId: string | null): number {
  let count = 0;
  for (const one of [...tries].reverse()) {
    if (!diedAtOnce(one, bootId)) break;
    count += 1;
  }
  return count;
}

function diedAtOnce(one: ProcessTry, bootId: string | null): boolean {
  if (one.progressed) return false;
  if (one.outcome !== null) return one.outcome === 'failed';
  // Killed without a word: with the whole host, if that has been started anew since.
  return one.bootId === null || bootId === null || one.bootId === bootId;
}
