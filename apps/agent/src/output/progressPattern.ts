import { cleanText } from '@milepost/shared/text';
import { type Claim, PLAIN_CLAIM } from './progress/claim.ts';
import { readCount, readPercent } from './progress/count.ts';
import { type Matcher, matcherOf } from './progress/pattern/match.ts';
import { PatternProblem, parsePattern } from './progress/pattern/syntax.ts';

/** A pattern that a person gave, with `--progress`, to find progress in a program's output. */
export interface ProgressPattern {
  /** As it was written. */
  readonly text: string;
  /** What a line says by it; null: nothing. */
  readonly read: (line: string) => Claim | null;
}

/** A pattern is written by hand: what is longer is a mistake. */
const MAX_PATTERN = 500;
/** So much of a line is looked at. */
const MAX_LINE = 1000;

const EXAMPLE = String.raw`--progress 'item (?<done>\d+) of (?<total>\d+)'`;

/**
 * Takes a pattern as a person wrote it: JavaScript's syntax with the groups `done`, `done` and `total`, or `percent`.
 *
 * JavaScript's own matching can take exponential time (`(a+)+b`) and can't be interrupted, so a pattern is matched by
 * steps that are linear in the line's length; what can't be done so (looking ahead, back references) is refused.
 *
 * @returns `problem`: what is wrong and what to write, for a person
 */
export function parseProgressPattern(
  text: string,
): { pattern: ProgressPattern; problem: null } | { pattern: null; problem: string } {
  const refuse = (what: string) => ({
    pattern: null,
    problem: `--progress ${cleanText(text, 80)}: ${what}. Example: ${EXAMPLE}`,
  });
  if (text.length > MAX_PATTERN) return refuse(`it is longer than ${MAX_PATTERN} characters`);
  let match: Matcher;
  try {
    match = matcherOf(parsePattern(text));
  } catch (error) {
    if (error instanceof PatternProblem) return refuse(error.message);
    throw error;
  }
  const names = [...text.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(([, name = '']) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return refuse(`the group ${twice} is there twice`);
  const other = names.find((name) => !['done', 'total', 'percent'].includes(name));
  if (other !== undefined) return refuse(`the group ${other} is none of done, total and percent`);
  if (!names.includes('done') && !names.includes('percent')) {
    return refuse('it has neither a group (?<done>...) nor a group (?<percent>...)');
  }
  if (names.includes('percent') && names.length > 1) {
    return refuse('the group percent says it all: leave out done and total');
  }
  return { pattern: { text, read: (line) => readBy(match, text, line) }, problem: null };
}

function readBy(match: Matcher, text: string, line: string): Claim | null {
  // The groups hold numbers.
  if (!/\d/.test(line)) return null;
  const groups = match(line.slice(0, MAX_LINE));
  if (groups === null) return null;
  const claim = { ...PLAIN_CLAIM, kind: 'pattern' as const, key: `pattern:${text}`, from: '--progress' };
  const { done, total: totalText, percent } = groups;
  if (percent !== undefined) {
    const at = readPercent(percent.replace(/\s*%$/, '').trim());
    return at === null ? null : { ...claim, at, total: 100, unit: '%' };
  }
  const at = itemsOf(done);
  const total = itemsOf(totalText);
  if (at === null || (totalText !== undefined && (total === null || total === 0 || at > total))) return null;
  return { ...claim, at, total };
}

/** A number with or without separators of thousands. */
function itemsOf(text: string | undefined): number | null {
  const plain = text?.trim() ?? '';
  return readCount(/^\d{1,3}(?:[,_ ']\d{3})+$/.test(plain) ? plain.replace(/\D/g, '') : plain);
}
