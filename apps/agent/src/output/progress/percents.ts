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

/** What may stand beside a percent that is alone: sizes, speeds, times, signs. */
const BESIDE =
  /(?:\d+(?:[.,]\d+)? ?(?:[kKMGT]i?)?(?:B|bytes|b)?(?:\/s(?:ec)?)?|\d+(?::\d\d)+(?:\.\d+)?|\d+(?:\.\d+)? ?(?:ms|s|m|h|min|sec|secs|seconds|minutes|hours?)|eta|remaining|elapsed|left|time|[-:.,;()[\]|/~<>=#*… ])/gi;
const PROGRESS_WORD =
  /^(?:overall |total |current )?(?:progress|completed?|done|finished|processed|percent(?:age)? (?:done|completed?)|[a-z]{2,20}ing(?: [\w./-]{1,60}){0,3})$/i;
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
    /^[^a-z]/i.test(behind.replace(DONE_WORD, '').replace(BESIDE, '').concat('.')) &&
    !isOfOtherThings(behind);
  if (!isAlone(before, behind) && !isInPlace) return null;
  const label = labelOf(before);
  const name = label === '' ? sourceName('', found[0]) : sourceName('', before);
  const claim = percentClaim(name.trim(), `percent:${label}`, percent, 0);
  return claim && { ...claim, isPart: isIndexed(before) };
}

function isAlone(before: string, behind: string): boolean {
  const word = before.replace(/[\s:=.(|[\]#>-]+$/, '');
  const rest = behind.replace(DONE_WORD, '').replace(BESIDE, '');
  const said = word === '' || PROGRESS_WORD.test(word);
  return said && rest === '';
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
