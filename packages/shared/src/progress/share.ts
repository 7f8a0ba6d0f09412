import { cleanText } from '../text.ts';
import { type Counts, readCounts } from './counts.ts';
import type { ProgressLines } from './lines.ts';
import { type Progress, percentOf } from './progress.ts';

/** The counts that hold, and the text that they were read from. */
export interface WrittenCounts extends Counts {
  text: string;
}

/**
 * The counts of the last `Progress` line that has any; null where none has. A last line that may be half written holds
 * only if it looks like the one before and isn't behind it: "Progress: 12" may be the beginning of 12000.
 */
export function lastCounts({ known }: ProgressLines, problems: string[]): WrittenCounts | null {
  const { values = [], lastIsOpen = false } = known.get('progress') ?? {};
  const last = values.length - 1;
  for (let at = last; at >= 0; at -= 1) {
    const text = values[at] ?? '';
    const counts = readCounts(text);
    if (counts === null) continue;
    if (at === last && lastIsOpen && at > 0) {
      const before = readCounts(values[at - 1] ?? '');
      if (before?.usable && isTorn(counts, before)) return { ...before, text: values[at - 1] ?? '' };
    }
    if (at < last && !lastIsOpen) {
      problems.push(
        `there is no number in the last Progress, "${cleanText(values[last] ?? '', 40)}", so the one before it holds`,
      );
    }
    return { ...counts, text };
  }
  return null;
}

function isTorn(last: Counts, before: Counts): boolean {
  return (
    last.total !== before.total ||
    (last.writtenTenths === null) !== (before.writtenTenths === null) ||
    (last.completed ?? 0) < (before.completed ?? 0)
  );
}

/** Completed, total and percent as they are shown. What was wrong or had to be corrected is told in `problems`. */
export function shareOf(
  counts: WrittenCounts | null,
  problems: string[],
): Pick<Progress, 'completed' | 'total' | 'percent'> {
  if (counts === null) return { completed: null, total: null, percent: null };
  const { total, writtenTenths, isWholePercent, usable, text } = counts;
  if (!usable) problems.push(`Progress "${cleanText(text, 60)}" is not in whole numbers from 0 to 2^53`);

  const isAbove = counts.completed !== null && total !== null && counts.completed > total;
  const completed = isAbove ? total : counts.completed;
  if (isAbove)
    problems.push(`Progress is above its total, ${counts.completed} of ${total}, and is shown as it`);

  if (completed === null || total === null) {
    // Nothing to compute it from: the written one is all there is.
    if (writtenTenths === null) return { completed, total, percent: null };
    if (writtenTenths > 1000) problems.push(`a percent above 100, ${writtenTenths / 10}, is shown as 100`);
    return { completed, total, percent: Math.min(writtenTenths, 1000) / 10 };
  }
  const percent = percentOf(completed, total);
  // One unit of the last written place, since scripts round in every way: 6.7 for 6.66, 34 for 33.3.
  const tolerance = isWholePercent ? 10 : 1;
  const differs =
    percent !== null &&
    writtenTenths !== null &&
    Math.abs(writtenTenths - Math.round(percent * 10)) > tolerance;
  if (differs && !isAbove) {
    problems.push(`${writtenTenths / 10}% is written, but ${completed} of ${total} is ${percent}%`);
  }
  return { completed, total, percent };
}

/** Whether the counts say that something is left to do. */
export function isItemLeft({ completed, total, writtenTenths }: Counts): boolean {
  if (completed !== null && total !== null) return completed < total;
  return writtenTenths !== null && writtenTenths < 1000;
}
