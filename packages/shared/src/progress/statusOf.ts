import { cleanText } from '../text.ts';
import { findCompleteWord } from './completeWord.ts';
import type { Counts } from './counts.ts';
import type { ProgressLines } from './lines.ts';
import { type JobStatus, PROGRESS_STATUSES } from './progress.ts';
import { isItemLeft } from './share.ts';

const STATUSES: ReadonlyMap<string, JobStatus> = new Map(
  PROGRESS_STATUSES.filter((status) => status !== 'unreadable').map((status) => [status, status]),
);

/**
 * The status by the rules for a file of any origin: a known `Status` wins, then a line with nothing but COMPLETE, then
 * COMPLETE in a line that nothing speaks against; else it is running. `isKnown` is false where nothing of all that is
 * in the file. Contradictions are told in `problems`.
 */
export function statusOf(
  { known, lines }: ProgressLines,
  counts: Counts | null,
  problems: string[],
): { status: JobStatus; isKnown: boolean } {
  const values = known.get('status')?.values ?? [];
  for (const value of values.toReversed()) {
    const status = readStatus(value);
    if (status !== undefined) return { status, isKnown: true };
  }
  const word = findCompleteWord(lines);
  switch (word.kind) {
    case 'alone':
      return { status: 'complete', isKnown: true };
    case 'inLine':
      if (counts === null || !isItemLeft(counts)) return { status: 'complete', isKnown: true };
      problems.push(`COMPLETE stands in "${cleanText(word.line, 60)}", but items are left, so it is running`);
      return { status: 'running', isKnown: true };
    case 'denied':
      problems.push(`COMPLETE stands in "${cleanText(word.line, 60)}", which denies it, so it is running`);
      return { status: 'running', isKnown: true };
    case 'absent': {
      const unknown = values.at(-1) ?? '';
      if (unknown !== '') problems.push(`the Status "${cleanText(unknown, 40)}" is not known`);
      return { status: 'running', isKnown: false };
    }
  }
}

/**
 * A known state alone, in any case and with signs around it, or with a remark: `FAILED (exit 1)`, `RUNNING since 9:00`.
 * With a remark, `complete` is left to the stricter rules for the word.
 */
function readStatus(value: string): JobStatus | undefined {
  if (value.length > 200) return undefined;
  const alone = /^[^\p{L}\p{N}]*(\p{L}+)[^\p{L}\p{N}]*$/u.exec(value)?.[1];
  if (alone !== undefined) return STATUSES.get(alone.toLowerCase());
  const withRemark = /^[^\p{L}\p{N}]*(\p{L}+)(?: ?[(,;–—-]| (?:at|on|since) )/u.exec(value)?.[1];
  const status = STATUSES.get(withRemark?.toLowerCase() ?? '');
  return status === 'complete' ? undefined : status;
}
