import { type Claim, labelOf, PLAIN_CLAIM, sourceName } from './claim.ts';
import { isPercentOf, readCount, readPercent } from './count.ts';
import { isIndexed } from './counters.ts';
import { withoutTimes } from './linePrefix.ts';
import { isOfOtherThings } from './otherThings.ts';

const PERCENTS = /(?<![\w.,/+-])(\d{1,3}(?:\.\d{1,9})?) ?%(?!\w)/g;
const PAIRS = /(?<![\w./:,-])(\d{1,16}) ?\/ ?(\d{1,16})(?![\w/]|[.:,-]\d)/g;

/** `[ 37%] Building CXX object ...` of make behind cmake; `test_a.py ....... [ 37%]` of pytest. */
const BRACKET_FIRST = /^\[ {0,3}(\d{1,3})%\] /;
const BRACKET_LAST =
  /^([\w./\\:-]{1,200})(?: [.FEsxXR]{1,400}| PASSED| FAILED| SKIPPED(?: \(.{0,80}\))?| XFAIL| XPASS| ERROR|::.{1,300}) {1,400}\[ {0,3}(\d{1,3})%\]$/;

/**
 * What may stand behind a percent that is alone: sizes and speeds with their units, clocks, signs. A bare number may not:
 * `50% 12` is a line of a table of percentiles.
 */
const BESIDE =
  /(?:\d+(?:[.,]\d+)? ?(?:(?:[kKMGT]i?)?B|bytes|[kKMG])(?:\/s(?:ec)?)?(?![\w.])|\d+(?:\.\d+)? ?it\/s|\d+(?::\d\d)+(?:\.\d+)?|[-:.,;()[\]|/~<>=#*… ])/gi;
/** Durations, where it is said that they are of what is left or was needed. */
const TIME_WORD = /\b(?:eta|remaining|elapsed|left)\b/gi;
const DURATION = /\d+(?:\.\d+)? ?(?:s|m|h|min|mins|sec|secs|seconds?|minutes?|hours?)(?![\w.])/gi;
const PROGRESS_WORD =
  /^(?:overall |total |current )?(?:progress|completed?|done|finished|processed|percent(?:age)? (?:done|completed?)|(?!using|missing|remaining|failing|rating|ranking|growing|shrinking|warning|string|thing|pricing|existing)[a-z]{2,20}ing(?: [\w./-]{1,60}){0,3})$/i;
const DONE_WORD = /^(?:done|completed?|finished|processed)\b/i;

/** Lines with a percent, which are believed by how the percent behaves: it must rise twice and never fall. */
export function readPercentLine(text: string, isRedrawn: boolean): Claim | null {
  if (!text.includes('%')) return null;
  const build = BRACKET_FIRST.exec(text);
  if (build) return percentClaim(`"[${build[1]}%]"`, 'percent:[]', readPercent(build[1] ?? ''), 5);
  const test = BRACKET_LAST.exec(text);
  if (test) return percentClaim('pytest', 'percent:pytest', readPercent(test[2] ?? ''), 0);

  const percents = [...text.matchAll(PERCENTS)];
  const [found] = percents;
  if (percents.length !== 1 || !found) return null;
  const percent = readPercent(found[1] ?? '');
  if (percent === null) return null;
  const before = withoutTimes(text.slice(0, found.index)).trim();
  const behind = text.slice(found.index + found[0].length).trim();
  // "37% of memory", "37% CPU", "accuracy 37%".
  const next = /^[a-z\d-]{0,20}/i.exec(behind)?.[0] ?? '';
  if (/^of\b/i.test(behind) || isOfOtherThings(before) || isOfOtherThings(next)) return null;

  // What is left, or lacks, is not what is done.
  if (/\b(?:remaining|missing|left|failing)\b/i.test(before)) return null;

  const pairs = [...text.matchAll(PAIRS)];
  const [pair] = pairs;
  if (pairs.length === 1 && pair) {
    const at = readCount(pair[1] ?? '');
    const total = readCount(pair[2] ?? '');
    if (at === null || total === null || total === 0 || at > total || !isPercentOf(percent, at, total))
      return null;
    const label = withoutTimes(text.slice(0, Math.min(found.index, pair.index)));
    if (isOfOtherThings(label)) return null;
    return {
      ...PLAIN_CLAIM,
      kind: 'pair',
      key: `pair:${labelOf(label)}`,
      from: sourceName('', label === '' ? pair[0] : label).trim(),
      at,
      total,
      risesNeeded: 2,
      isPart: isIndexed(label),
    };
  }
  // In a line that is drawn over, words may stand before it, but no paths, names or other numbers.
  const isInPlace =
    isRedrawn &&
    /^[^\d/\\{}=%]*$/.test(before) &&
    /^$|[a-z[(]/i.test(before) &&
    !/^[a-z\d]/i.test(restOf(behind)) &&
    !isOfOtherThings(behind);
  if (!isAlone(before, behind) && !isInPlace) return null;
  const label = labelOf(before);
  const name = label === '' ? sourceName('', found[0]) : sourceName('', before);
  const claim = percentClaim(name.trim(), `percent:${label}`, percent, 0);
  return claim && { ...claim, isPart: isIndexed(before) };
}

function isAlone(before: string, behind: string): boolean {
  const word = before.replace(/[\s:=.(|[\]#>-]+$/, '');
  // "- 10%" is a line of a list.
  const isSaid = /^[[(]?$/.test(before) || PROGRESS_WORD.test(word);
  return isSaid && restOf(behind) === '';
}

/** What is left behind a percent when all that may stand there is taken away. */
function restOf(behind: string): string {
  const said = behind.replace(DONE_WORD, '').trim();
  const timed = said.replace(TIME_WORD, '');
  return (timed === said ? said : timed.replace(DURATION, '')).replace(BESIDE, '');
}

function percentClaim(from: string, key: string, percent: number | null, slack: number): Claim | null {
  if (percent === null) return null;
  return {
    ...PLAIN_CLAIM,
    kind: 'percent',
    key,
    from,
    at: percent,
    total: 100,
    unit: '%',
    risesNeeded: 2,
    slack,
  };
}
