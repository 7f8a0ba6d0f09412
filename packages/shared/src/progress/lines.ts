import { stripTerminal } from '../text.ts';

/** The keys that mean something, in the order in which they are written. */
export const PROGRESS_KEYS = [
  'progress',
  'elapsed',
  'eta',
  'last update',
  'status',
  'stage',
  'job',
  'unit',
  'rate',
  'from',
  'checkpoint',
  'in flight',
  'at risk',
  'runs',
  'host',
  'message',
] as const;

export type ProgressKey = (typeof PROGRESS_KEYS)[number];

/** The values that one key has in the file, in the file's order. */
export interface KeyValues {
  values: string[];
  /** True where the last value stands at the end of the text with no line break: it may be half written. */
  lastIsOpen: boolean;
}

/** A file's text, taken apart. */
export interface ProgressLines {
  /** All lines without escape sequences, spaces around them and empty ones. */
  lines: string[];
  known: ReadonlyMap<ProgressKey, KeyValues>;
  /** Lines with a key that means nothing here: the last value for each, under the key as it was written. */
  unknown: ReadonlyMap<string, string>;
}

/** Where lines come from: a whole text, or the two ends of one that was too large to read. */
export type ProgressText = { whole: string } | { head: string; tail: string };

const LINE_BREAK = /\r\n?|\n/;
const MAX_KEY = 60;

const KEY_BY_NAME: ReadonlyMap<string, ProgressKey> = new Map(PROGRESS_KEYS.map((key) => [key, key]));

/**
 * Splits a progress file into its lines and keys. Keys count in any case, with spaces, `_` or `-` between their words.
 * Of a text that was cut, the line at the cut is left out on both sides: half a number is another number.
 */
export function splitLines(text: ProgressText): ProgressLines {
  const { lines, isOpen } = 'whole' in text ? wholeLines(text.whole) : endLines(text.head, text.tail);
  const known = new Map<ProgressKey, KeyValues>();
  const unknown = new Map<string, string>();
  for (const [at, line] of lines.entries()) {
    const colon = line.indexOf(':');
    if (colon < 1 || colon > MAX_KEY) continue;
    const name = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    const key = KEY_BY_NAME.get(name.toLowerCase().replace(/[\s_-]+/g, ' '));
    if (key === undefined) {
      unknown.set(name, value);
      continue;
    }
    const entry = known.get(key) ?? { values: [], lastIsOpen: false };
    entry.values.push(value);
    entry.lastIsOpen = isOpen && at === lines.length - 1;
    known.set(key, entry);
  }
  return { lines, known, unknown };
}

interface Lines {
  lines: string[];
  /** True where the last line has no line break behind it. */
  isOpen: boolean;
}

function wholeLines(text: string): Lines {
  return trimmed(stripTerminal(text).split(LINE_BREAK));
}

function endLines(head: string, tail: string): Lines {
  const before = stripTerminal(head).split(LINE_BREAK).slice(0, -1);
  const after = stripTerminal(tail).split(LINE_BREAK).slice(1);
  return trimmed([...before, ...(after.length === 0 ? [''] : after)]);
}

function trimmed(all: readonly string[]): Lines {
  const lines: string[] = [];
  for (const line of all) {
    const text = line.trim();
    if (text !== '') lines.push(text);
  }
  return { lines, isOpen: (all.at(-1) ?? '').trim() !== '' };
}
