/** A moment as a progress file gives it. */
export interface Timestamp {
  /** ISO 8601 with milliseconds; ends in `Z` unless `isLocal`. */
  iso: string;
  /** True where no zone was given: the host's own time, which is never taken for UTC. */
  isLocal: boolean;
}

const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[t ]| at )(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,12}))?)? ?(?<zone>z|utc|gmt|[-+−]\d\d(?::?\d\d)?)?$/i;

/** What `date` and Python's `time.ctime()` print: `Sun Jan 25 12:34:56 UTC 2026`, `Sun Jan 25 12:34:56 2026`. */
const DATE_COMMAND =
  /^(?:mon|tue|wed|thu|fri|sat|sun) +(?<name>[a-z]{3}) +(?<day>\d{1,2}) +(?<hour>\d{1,2}):(?<minute>\d\d):(?<second>\d\d)(?: (?<half>am|pm))?(?: (?<zone>[a-z]{2,5}|[-+]\d\d(?:\d\d)?))? +(?<year>\d{4})$/i;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Seconds since 1970, as `date +%s` and Python's `time.time()` give them; ten digits: 2001 to 2286. */
const EPOCH = /^(?<seconds>[1-9]\d{9})(?:\.(?<fraction>\d{1,12}))?$/;

/**
 * Reads a date with its time of day. With `Z`, `UTC` or an offset it is turned into UTC, without a zone it is kept as
 * it stands; fractions of a second are cut to milliseconds.
 *
 * Null: the text says that there is none (`unknown`, `never`, nothing). Undefined: it is no such time.
 */
export function parseTimestamp(text: string): Timestamp | null | undefined {
  if (text.length > 80) return undefined;
  const plain = text.trim();
  if (/^(?:unknown|never|n\/a|none|null|-*)$/i.test(plain)) return null;
  const epoch = EPOCH.exec(plain)?.groups;
  if (epoch) {
    return stamp(daysFromCivil(1970, 1, 1), Number(epoch['seconds']), epoch['fraction'], false);
  }
  const part = ISO.exec(plain)?.groups ?? DATE_COMMAND.exec(plain)?.groups;
  if (!part) return undefined;

  const year = Number(part['year']);
  const month = part['name'] ? MONTHS.indexOf(part['name'].toLowerCase()) + 1 : Number(part['month']);
  const day = Number(part['day']);
  const hour = hourOf(Number(part['hour']), part['half']?.toLowerCase());
  const minute = Number(part['minute']);
  const second = Number(part['second'] ?? '0');
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour === undefined || minute > 59 || second > 59) return undefined;

  const offset = offsetSeconds(part['zone']);
  if (offset === undefined) return undefined;
  const secondOfDay = hour * 3600 + minute * 60 + second - (offset ?? 0);
  return stamp(daysFromCivil(year, month, day), secondOfDay, part['fraction'], offset === null);
}

function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour <= 23 ? hour : undefined;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

/** Seconds east of UTC; null: the host's own zone; undefined: no such offset. */
function offsetSeconds(zone: string | undefined): number | null | undefined {
  if (zone === undefined) return null;
  if (/^(?:z|utc|gmt)$/i.test(zone)) return 0;
  const part = /^(?<sign>[-+−])(?<hours>\d\d):?(?<minutes>\d\d)?$/.exec(zone)?.groups;
  // A zone's short name stands for several zones; `date` prints that of the host, whose own time it then is.
  if (!part) return null;
  const hours = Number(part['hours']);
  const minutes = Number(part['minutes'] ?? '0');
  if (hours > 18 || minutes > 59) return undefined;
  return (part['sign'] === '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
}

function stamp(
  day: number,
  secondOfDay: number,
  fraction: string | undefined,
  isLocal: boolean,
): Timestamp | undefined {
  const days = day + Math.floor(secondOfDay / 86_400);
  const rest = ((secondOfDay % 86_400) + 86_400) % 86_400;
  const [year, month, date] = civilFromDays(days);
  if (year < 1 || year > 9999) return undefined;
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map((part) =>
    digits(part, 2),
  );
  const milliseconds = (fraction ?? '').slice(0, 3).padEnd(3, '0');
  const iso = `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}T${clock.join(':')}.${milliseconds}`;
  return { iso: isLocal ? iso : `${iso}Z`, isLocal };
}

function digits(value: number, width: number): string {
  return `${value}`.padStart(width, '0');
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

// The Gregorian calendar as a count of days, in years that begin in March so that the leap day comes last.

/** Days from 1 March of the year 0. */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const sinceMarch = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return 365 * marchYear + leapDays + Math.floor((153 * sinceMarch + 2) / 5) + day - 1;
}

/** The inverse of {@link daysFromCivil}. */
function civilFromDays(days: number): [year: number, month: number, day: number] {
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const sinceMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * sinceMarch + 2) / 5) + 1;
  const month = sinceMarch < 10 ? sinceMarch + 3 : sinceMarch - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
