import { cleanText } from '../text.ts';
import { readCount } from './counts.ts';
import type { ProgressKey, ProgressLines } from './lines.ts';

const SHOWN: Partial<Record<ProgressKey, string>> = {
  elapsed: 'Elapsed',
  eta: 'ETA',
  'last update': 'Last update',
  'in flight': 'In flight',
  'at risk': 'At risk',
  runs: 'Runs',
};

/**
 * The last value of a key, read by `parse`: null where it isn't known, undefined where it isn't understood; the latter
 * is told in `problems` and is null here. A last line that may be half written counts only if it is understood.
 */
export function lastValue<T>(
  { known }: ProgressLines,
  key: ProgressKey,
  parse: (text: string) => T | null | undefined,
  problems: string[],
): T | null {
  const entry = known.get(key);
  const last = entry?.values.at(-1);
  if (entry === undefined || last === undefined) return null;
  const value = parse(last);
  if (value !== undefined) return value;
  const before = entry.lastIsOpen ? entry.values.at(-2) : undefined;
  const earlier = before === undefined ? undefined : parse(before);
  if (earlier !== undefined) return earlier;
  problems.push(`${SHOWN[key] ?? key} "${cleanText(last, 40)}" is not understood`);
  return null;
}

/** The last value of a key as cleaned text; null where there is none, or nothing in it. */
export function lastText({ known }: ProgressLines, key: ProgressKey): string | null {
  const text = cleanText(known.get(key)?.values.at(-1) ?? '');
  return text === '' ? null : text;
}

/** "6 saved, last checkpoint_10000.npz at 2026-11-23T12:34:12.000Z" or a part of it; any other text is a name. */
export function lastCheckpoint({ known }: ProgressLines): { saved: number | null; name: string | null } {
  const value = known.get('checkpoint')?.values.at(-1) ?? '';
  const { saved, name = '' } =
    /^(?<saved>[\d,]{1,24}) saved(?:, last (?<name>.+))?$/s.exec(value)?.groups ??
    /^(?:last )?(?<name>.+)$/s.exec(value)?.groups ??
    {};
  const cleaned = cleanText(
    name.replace(/ at (?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z|unknown)$/, ''),
  );
  return {
    saved: saved === undefined ? null : (readCount(saved) ?? null),
    name: cleaned === '' ? null : cleaned,
  };
}
