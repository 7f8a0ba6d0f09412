const TIMES = [
  /^\[?\d{4}[-/]\d{2}[-/]\d{2}[T ]?(?:\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?)?(?:Z| ?[+-]\d{2}:?\d{2})?\]?[\s:|,-]{0,4}/,
  /^\[?\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?\]?[\s:|,-]{0,4}/,
  /^\[?(?:info|debug|warning|warn|notice|trace)\b\]?[\s:|-]{0,6}/i,
];
const NAMES = [
  /^\[[a-z][\w .:-]{0,40}\]:?\s{0,4}/i,
  /^[a-z_][\w.]{0,60}(?::\w{1,40}){0,2}\s?(?::|-|\|)\s{1,4}/i,
  /^[=*#>~+-]{1,40}\s{0,4}/,
];

/** What a logger puts before a line, one piece of it: a time, a level, a name. Empty: there is none. */
export function prefixOf(text: string): string {
  return firstOf([...TIMES, ...NAMES], text);
}

/** A line without the times and levels that it begins with. */
export function withoutTimes(text: string): string {
  let rest = text;
  for (let more = 0; more < 4; more += 1) rest = rest.slice(firstOf(TIMES, rest).length);
  return rest;
}

function firstOf(patterns: readonly RegExp[], text: string): string {
  for (const pattern of patterns) {
    const [found = ''] = pattern.exec(text) ?? [];
    if (found !== '') return found;
  }
  return '';
}
