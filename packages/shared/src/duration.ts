import type { Cadence } from './job.ts';

/** A thousand years. Nothing is written or read as longer: an estimate beyond it is as good as unknown. */
export const LONGEST_SECONDS = 1000 * 365.25 * 86_400;

/** No time that is meant for a person is longer; what is longer is not looked at. */
const MAX_LENGTH = 120;

const SECONDS_PER: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/**
 * A time span as people and programs write it, in seconds rounded to 0.1 s:
 * `18.4 min`, `2h 5m`, `1h10`, `45s`, `1 day, 2 hours`, `18:24` (min:s), `1:02:03` (h:min:s), `1 day, 2:03:04.5`
 * (Python's timedelta), `1-02:03:04` (Slurm). A leading `~`, a trailing `left` or remark in brackets is passed over.
 *
 * A negative span is 0. Null: the text says that it isn't known (`unknown`, `N/A`, `inf`, `nan`, `--:--`, nothing), or
 * it is above {@link LONGEST_SECONDS}. Undefined: it is no time span. A number without a unit is none, except 0: it
 * could be seconds or minutes.
 */
export function parseDuration(text: string): number | null | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[~≈] ?/, '')
    .replace(/ ?\([^()]*\)$/, '')
    .replace(/ (?:left|remaining)$/, '');
  if (saysUnknown(plain)) return null;
  const seconds = clockSeconds(plain) ?? unitSeconds(plain);
  if (seconds === undefined) return /^[-+]?0+(?:\.0+)?$/.test(plain) ? 0 : undefined;
  if (seconds > LONGEST_SECONDS) return null;
  return seconds <= 0 ? 0 : Math.round(seconds * 10) / 10;
}

function saysUnknown(plain: string): boolean {
  return (
    /^[-–—?:.\s]*$/.test(plain) ||
    // With a unit where a program's format string put one behind infinity: "inf min".
    /^[-+]?(?:unknown|n\/a|na|inf|infinity|∞|nan|none|null|undefined|tbd|calculating|estimating)(?: ?(?:s|sec|seconds|m|min|minutes|h|hours)|[.…]+)?$/.test(
      plain,
    )
  );
}

const CLOCK =
  /^(?<sign>[-−])?(?:(?<days>\d+)(?: days?,? *|-(?=\d+:\d\d:)))?(?<first>\d+):(?<second>[0-5]\d)(?::(?<third>[0-5]\d))?(?<fraction>\.\d+)?$/;

function clockSeconds(plain: string): number | undefined {
  const part = CLOCK.exec(plain)?.groups;
  if (!part) return undefined;
  const { sign, days, first = '', second = '', third, fraction = '' } = part;
  if (third === undefined && days !== undefined) return undefined; // 2:03 after a day: hours or minutes?
  const rest = Number(`0${fraction}`);
  const clock =
    third === undefined
      ? Number(first) * 60 + Number(second) + rest
      : Number(first) * 3600 + Number(second) * 60 + Number(third) + rest;
  if (days === undefined) return sign ? -clock : clock;
  // Python prints minus two seconds as "-1 day, 23:59:58": the sign is that of the days.
  return (sign ? -1 : 1) * Number(days) * 86_400 + clock;
}

const AMOUNT =
  /(?<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+) ?(?<unit>ms|millis(?:econds?)?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])\.?(?:,? (?:and )?|,|$|(?=\d))/y;

function unitSeconds(plain: string): number | undefined {
  const negative = /^[-−]/.test(plain);
  let at = negative || plain.startsWith('+') ? 1 : 0;
  let total = 0;
  let last = Number.POSITIVE_INFINITY;
  while (at < plain.length) {
    AMOUNT.lastIndex = at;
    const part = AMOUNT.exec(plain)?.groups;
    if (!part) {
      // "1h10" and "1h05" leave the minutes' unit out.
      const minutes = /^[0-5]\d$/.exec(plain.slice(at));
      return minutes && last === 3600 && plain[at - 1] === 'h' ? total + Number(minutes[0]) * 60 : undefined;
    }
    const { amount = '', unit = '' } = part;
    const perUnit = SECONDS_PER[unit.startsWith('mil') || unit === 'ms' ? 'ms' : unit.charAt(0)];
    // Each unit once, from the largest down: "5 s 2 s" is no time.
    if (perUnit === undefined || perUnit >= last) return undefined;
    total += Number(amount.replaceAll(',', '')) * perUnit;
    last = perUnit;
    at = AMOUNT.lastIndex;
  }
  if (last === Number.POSITIVE_INFINITY) return undefined;
  return negative ? -total : total;
}

type Part = readonly [amount: string, unit: 'y' | 'd' | 'h' | 'm' | 's'];

/** At most two neighbouring units, rounded so that none is full: never 60 minutes, never 0 of something above 0. */
function partsOf(seconds: number): readonly [Part, Part?] {
  if (seconds <= 0) return [['0', 's']];
  if (seconds > LONGEST_SECONDS) return partsOf(LONGEST_SECONDS);
  const wholeSeconds = Math.ceil(seconds);
  if (wholeSeconds < 60) return [[`${wholeSeconds}`, 's']];
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return [[`${minutes}`, 'm']];
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'm');
  const hours = Math.round(seconds / 3600);
  if (hours < 10 * 24) return pair(hours, 24, 'd', 'h');
  const days = Math.round(seconds / 86_400);
  if (days < 1000) return [[`${days}`, 'd']];
  const years = days / 365.25;
  return [[years < 9.95 ? years.toFixed(1) : `${Math.round(years)}`, 'y']];
}

function pair(amount: number, size: number, large: 'd' | 'h', small: 'h' | 'm'): readonly [Part, Part?] {
  const rest = amount % size;
  const first: Part = [`${Math.floor(amount / size)}`, large];
  return rest === 0 ? [first] : [first, [`${rest}`, small]];
}

const WORDS = { s: 's', m: 'min', h: 'h', d: 'd', y: 'years' } as const;

/**
 * A time span for people: `45 s`, `12 min`, `1 h 10 min`, `2 d 4 h`, `2.8 years`. Anything above 0 is shown as above 0.
 * What is no number is `unknown`; negative is `0 s`.
 */
export function formatDurationWords(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  return partsOf(seconds)
    .map((part) => (part ? `${part[0]} ${WORDS[part[1]]}` : ''))
    .filter((words) => words !== '')
    .join(' ');
}

/** What {@link parseCadence} makes of its text. `message` says what is wrong and what would do. */
export type CadenceResult = { kind: 'ok'; cadence: Cadence } | { kind: 'error'; message: string };

/**
 * The value of `--every`: a whole number of items (`2000`), or a time (`90s`, `2m`, `2.5m`, `1h`, `1h30m`, `2 min`).
 * Units are lower case: `2M` could be meant as two million. Whether a time is too long to be safe is for the caller.
 */
export function parseCadence(text: string): CadenceResult {
  const plain = text.trim();
  const shown = JSON.stringify(plain.length > 40 ? `${plain.slice(0, 39)}…` : plain);
  if (/^\d+$/.test(plain)) {
    const items = Number(plain);
    if (items >= 1 && items <= Number.MAX_SAFE_INTEGER) return { kind: 'ok', cadence: { items } };
    const bound = items < 1 ? 'at least 1 item' : `at most ${Number.MAX_SAFE_INTEGER} items`;
    return { kind: 'error', message: `A batch must have ${bound}, and ${shown} was given.` };
  }
  if (/^\d+(?:\.\d+)? ?[a-z][a-z0-9 .]*$/.test(plain)) {
    const seconds = parseDuration(plain);
    if (seconds === 0) {
      return { kind: 'error', message: `A batch must take at least 0.1 s, and ${shown} was given.` };
    }
    if (typeof seconds === 'number') return { kind: 'ok', cadence: { seconds } };
  }
  return {
    kind: 'error',
    message: `${shown} is neither a whole number of items, such as 2000, nor a time, such as 90s, 2m or 1h.`,
  };
}
