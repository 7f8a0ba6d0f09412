/** What a `Progress` line's value says. */
export interface Counts {
  completed: number | null;
  total: number | null;
  /** The written percent in whole tenths, cut, not rounded; null where none is written. */
  writtenTenths: number | null;
  /** The written percent has no decimals: `33%` may stand for anything from 32.5 to 34. */
  isWholePercent: boolean;
  /** False where one of the numbers can't be taken: negative, above 2^53, not whole, or an unclear form. */
  usable: boolean;
}

/** A progress line is short; what is longer is not looked at. */
const MAX_LENGTH = 500;

const SEPARATOR = "[,_'’\\u00a0\\u2009\\u202f]";
const NUMBER = `[-−]?\\d+(?:${SEPARATOR}\\d+)*(?:\\.\\d+)?`;
const UNKNOWN = '\\?+|unknown|none|null|n/a|nan|inf|infinity';
const IS_UNKNOWN = new RegExp(`^(?:${UNKNOWN}|-+)$`, 'i');
/** Behind a number: nothing that could belong to it. */
const END = '(?=$|[\\s()[\\]{},;|]|\\.(?:\\s|$))';
const PERCENT = '(?<percent>[-−]?\\d+(?:[.,]\\d+)?)\\s*%';

/** `12000/30000 samples (40.0%)`, `12 of 30`, `12000`, `12/?`, also behind an opening bracket or a drawn bar. */
const PAIR = new RegExp(
  `^(?:\\[[^\\]\\d]*\\])?[\\s([]*(?<completed>${NUMBER}|${UNKNOWN})(?:\\s*(?:/|(?:out )?of\\b)\\s*(?<total>${NUMBER}|${UNKNOWN}))?${END}(?<rest>.*)$`,
  'isu',
);

/** The percent behind the two numbers, with at most a word for the unit between. */
const PERCENT_BEHIND = new RegExp(`^[\\])]?[^\\d%()[\\]|−-]*[([|]?\\s*${PERCENT}`, 'u');

/** `40.0%`, `40% (12000/30000)`, `40%|####    | 12000/30000 [...]`, `[####    ] 40%`. */
const PERCENT_FIRST = new RegExp(
  `^(?:\\[[^\\]\\d]*\\])?\\s*${PERCENT}(?:[^\\p{L}\\d-]*(?<completed>${NUMBER})\\s*/\\s*(?<total>${NUMBER})${END})?`,
  'isu',
);

/** A single number, with anything behind it. */
const ONE = new RegExp(`^(?<items>${NUMBER})${END}(?<rest>.*)$`, 'su');

/** Reads a `Progress` line's value; null where there is no number in it and no word for an unknown one. */
export function readCounts(value: string): Counts | null {
  const none: Counts = {
    completed: null,
    total: null,
    writtenTenths: null,
    isWholePercent: false,
    usable: true,
  };
  if (!/\d/.test(value)) return IS_UNKNOWN.test(value) ? none : null;
  const unclear: Counts = { ...none, usable: false };
  if (value.length > MAX_LENGTH) return unclear;

  const percentFirst = PERCENT_FIRST.exec(value)?.groups;
  if (percentFirst) {
    const { completed, total, percent } = percentFirst;
    return counts(completed, total, percent);
  }
  const pair = PAIR.exec(value)?.groups;
  if (!pair) return unclear;
  const { completed, total, rest = '' } = pair;
  const percent = PERCENT_BEHIND.exec(rest)?.groups?.['percent'];
  if (percent === undefined && mayGoOn(rest, total !== undefined)) return unclear;
  return counts(completed, total, percent);
}

/** "12 000/30 000" is not 12 and "12/30k" is not 12: what goes on behind the number is not understood. */
function mayGoOn(rest: string, hasTotal: boolean): boolean {
  if (/^\s*(?:\/|(?:out )?of\b)/i.test(rest)) return true;
  return hasTotal ? /^\s\d{3}(?![\d.])/.test(rest) : /^\s+[-−]?\d/.test(rest);
}

function counts(
  completedText: string | undefined,
  totalText: string | undefined,
  percent: string | undefined,
): Counts {
  const completed = readItems(completedText);
  const total = readItems(totalText);
  const writtenTenths = tenthsOf(percent);
  const isFraction = completed === 'fraction' || total === 'fraction';
  const isBad = completed === 'bad' || total === 'bad' || writtenTenths === 'bad';
  return {
    completed: typeof completed === 'number' ? completed : null,
    total: typeof total === 'number' ? total : null,
    // Beside a number that is none, a percent says nothing.
    writtenTenths: isBad || typeof writtenTenths !== 'number' ? null : writtenTenths,
    isWholePercent: percent !== undefined && !/[.,]/.test(percent),
    usable: !isBad && !isFraction,
  };
}

/**
 * A line's single number of items, with a word behind it or none: `340`, `340 samples`. Null: a word for an unknown
 * number, or nothing. Undefined: not such a number.
 */
export function readCount(value: string): number | null | undefined {
  if (value === '' || IS_UNKNOWN.test(value)) return null;
  if (value.length > MAX_LENGTH) return undefined;
  const { items, rest = '' } = ONE.exec(value)?.groups ?? {};
  const count = readItems(items);
  return typeof count === 'number' && !mayGoOn(rest, false) ? count : undefined;
}

/**
 * A number of items with or without thousands separators; null: unknown. `fraction`: it isn't whole, or it can't be
 * told whether its point separates thousands. `bad`: negative, above 2^53, or oddly separated.
 */
function readItems(text: string | undefined): number | null | 'bad' | 'fraction' {
  if (text === undefined || !/\d/.test(text)) return null;
  const { whole = '', fraction } = /^(?<whole>[^.]*)(?:\.(?<fraction>\d+))?$/.exec(text)?.groups ?? {};
  if (!/^(?:\d+|\d{1,3}(?:\D\d{2,3})*\D\d{3})$/.test(whole)) return 'bad';
  // A program's 12000.0 is whole; 12.000 may be twelve or twelve thousand.
  if (fraction !== undefined && !/^0{1,2}$/.test(fraction)) return 'fraction';
  const items = Number(whole.replace(/\D/g, ''));
  return items <= Number.MAX_SAFE_INTEGER ? items : 'bad';
}

/** Percent in whole tenths from its decimal digits, so that no rounding comes in. */
function tenthsOf(percent: string | undefined): number | null | 'bad' {
  if (percent === undefined) return null;
  const { whole = '', tenth = '0' } =
    /^(?<whole>[-−]?\d{1,6})(?:[.,](?<tenth>\d)\d*)?$/.exec(percent)?.groups ?? {};
  return /^\d+$/.test(whole) ? Number(whole) * 10 + Number(tenth) : 'bad';
}
