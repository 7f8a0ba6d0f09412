/** What the capital word COMPLETE in a file that has no `Status` says. */
export type CompleteWord =
  | { kind: 'absent' }
  /** A line holds nothing but the word and signs. */
  | { kind: 'alone' }
  /** The word stands in a longer line, and nothing in that line speaks against it. */
  | { kind: 'inLine'; line: string }
  /** The word stands only in lines that themselves say otherwise: `not`, `n't`, a percent below 100. */
  | { kind: 'denied'; line: string };

const ALONE = /^[^\p{L}\p{N}]*COMPLETE[^\p{L}\p{N}]*$/u;
const WORD = /(?<![\p{L}\p{N}_])COMPLETE(?![\p{L}\p{M}\p{N}_])/u;

/** Words that turn the line's meaning round; also `IN-COMPLETE`, and `COMPLETE: False` as programs print it. */
const NEGATION =
  /(?<![\p{L}\p{N}])(?:can)?not(?![\p{L}\p{N}])|n['’]t(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])(?:in|non|un)-COMPLETE|COMPLETE["']?\s?[:=]\s?(?:no|false|0)(?![\p{L}\p{N}.])/iu;

const PERCENT = /(\d{1,20})(?:[.,]\d+)?\s?%/g;

/** Looks for the word in lines without escape sequences. `INCOMPLETE`, `COMPLETED` and `complete` are not the word. */
export function findCompleteWord(lines: readonly string[]): CompleteWord {
  const withWord = lines.filter((line) => line.includes('COMPLETE') && WORD.test(line));
  if (withWord.some((line) => ALONE.test(line))) return { kind: 'alone' };
  const affirmed = withWord.find((line) => !isDenied(line));
  if (affirmed !== undefined) return { kind: 'inLine', line: affirmed };
  const denied = withWord[0];
  return denied === undefined ? { kind: 'absent' } : { kind: 'denied', line: denied };
}

function isDenied(line: string): boolean {
  if (NEGATION.test(line)) return true;
  for (const [, percent] of line.matchAll(PERCENT)) if (Number(percent) < 100) return true;
  return false;
}
