/** A number as bars print it: `1200`, `12.5`, `1.2k`. */
export const COUNT = '\\d{1,16}(?:\\.\\d{1,9})?[kMGTPEZY]?';

const COUNT_PARTS = /^(\d{1,16}(?:\.\d{1,9})?)([kKMGTPEZY]?)i?$/;
const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

/** Whole items, part of one left out; null: not a number, or one that can't be counted to exactly (above 2^53). */
export function readCount(text: string): number | null {
  const [, digits, prefix = ''] = COUNT_PARTS.exec(text) ?? [];
  if (digits === undefined) return null;
  const power = PREFIXES.indexOf(prefix === 'K' ? 'k' : prefix);
  // The point is moved in the text, so that no rounding comes in.
  const [whole = '', fraction = ''] = digits.split('.');
  const count = Number(whole + fraction.slice(0, power * 3).padEnd(power * 3, '0'));
  return Number.isSafeInteger(count) ? count : null;
}

/** A percent from 0 to 100 in whole percents, cut; null: not one. */
export function readPercent(text: string): number | null {
  const percent = /^\d{1,3}(?:[.,]\d{1,9})?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  return percent <= 100 ? Math.floor(percent) : null;
}

/** Whether a printed whole percent is that of the two numbers, however it was rounded. */
export function isPercentOf(percent: number, completed: number, total: number, tolerance = 1): boolean {
  if (total === 0) return percent === 0 || percent === 100;
  return Math.abs((completed / total) * 100 - percent) <= tolerance;
}

/** `1:02:03`, `02:03` or `3.5` as seconds; null: not a time. */
export function readClock(text: string): number | null {
  if (!/^\d{1,6}(?::\d{1,2}){0,2}(?:\.\d{1,9})?$/.test(text)) return null;
  return text.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
