import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matcherOf } from '../../src/output/progress/pattern/match.ts';
import { PatternProblem, parsePattern } from '../../src/output/progress/pattern/syntax.ts';
import { parseProgressPattern } from '../../src/output/progressPattern.ts';
import { createOutputReader, type OutputReading } from '../../src/output/readProgress.ts';

function readingBy(pattern: string, text: string): OutputReading | null {
  const parsed = parseProgressPattern(pattern);
  if (parsed.problem !== null) throw new Error(parsed.problem);
  const reader = createOutputReader({ patterns: [parsed.pattern] });
  reader.add('stdout', Buffer.from(text));
  return reader.reading();
}

describe('what a pattern finds', () => {
  test.each([
    [String.raw`item (?<done>\d+) of (?<total>\d+)`, 'item 12 of 100\n', 12, 100, null],
    [String.raw`(?<done>\d+) rows?`, 'imported 340 rows\n', 340, null, null],
    [String.raw`^\[(?<percent>[\d.]+) ?%\]`, '[37.9 %] merging\n', 37, 100, '%'],
    [String.raw`(?<done>[\d,]+)/(?<total>[\d,]+)`, '12,000/30,000\n', 12000, 30000, null],
    [String.raw`(?<total>\d+) to do, (?<done>\d+) done`, '100 to do, 12 done\n', 12, 100, null],
    [String.raw`gen(?:eration)? (?<done>\d+)`, 'generation 7\ngen 8\nother 99\n', 8, null, null],
    [String.raw`frame=\s*(?<done>\d+)`, '\u001b[32mframe=  37\u001b[0m\r', 37, null, null],
  ])('%s', (pattern, text, completed, total, unit) => {
    expect(readingBy(pattern, text)).toEqual({
      completed,
      total,
      unit,
      from: '--progress',
      key: `pattern:${pattern}`,
    });
  });

  test('nothing else is believed beside it', () => {
    expect(
      readingBy(
        String.raw`item (?<done>\d+)`,
        'Epoch 3/100\n50%|#####     | 5/10 [00:01<00:01,  5.00it/s]\n',
      ),
    ).toBe(null);
  });

  test('what goes down stands as it is printed: the person said what to read', () => {
    expect(readingBy(String.raw`at (?<done>\d+)`, 'at 40\nat 37\n')?.completed).toBe(37);
  });

  test('numbers that are none', () => {
    const pattern = String.raw`at (?<done>\S+) of (?<total>\S+)`;
    for (const [done, total] of [
      ['-1', '10'],
      ['11', '10'],
      ['1e400', '1e400'],
      ['NaN', '10'],
      ['１２', '１００'],
      ['1', '0'],
      ['9'.repeat(17), '9'.repeat(17)],
      ['0x10', '99'],
    ]) {
      expect(readingBy(pattern, `at ${done} of ${total}\n`)).toBe(null);
    }
  });
});

describe('a pattern that is not taken', () => {
  test.each([
    ['', 'it has neither a group (?<done>...) nor a group (?<percent>...)'],
    [String.raw`(\d+)`, 'it has neither a group (?<done>...) nor a group (?<percent>...)'],
    [String.raw`(?<total>\d+)`, 'it has neither a group (?<done>...) nor a group (?<percent>...)'],
    [String.raw`(?<done>\d+) (?<percent>\d+)`, 'the group percent says it all: leave out done and total'],
    [String.raw`(?<done>\d+) (?<of>\d+)`, 'the group of is none of done, total and percent'],
    [String.raw`(?<done>\d+) (?<done>\d+)`, 'the group done is there twice'],
    [String.raw`(?<done>\d+`, 'a bracket is not closed (at character 12)'],
    [String.raw`(?<done>\d+))`, 'a ) closes nothing (at character 13)'],
    ['(?<done>[0-9)', 'a [ is not closed (at character 14)'],
    ['*(?<done>1)', 'there is nothing before * to repeat (at character 1)'],
    [
      String.raw`(?=a)(?<done>\d+)`,
      'looking ahead or behind, (?=, (?!, (?<= or (?<!, is not taken (at character 1)',
    ],
    [
      String.raw`(?<!a)(?<done>\d+)`,
      'looking ahead or behind, (?=, (?!, (?<= or (?<!, is not taken (at character 1)',
    ],
    [String.raw`(?<done>\d+)\1`, String.raw`\1, what a group found before, is not taken (at character 15)`],
    [String.raw`(?<done>\d{5,3})`, 'in {5,3} the second number is the smaller one (at character 16)'],
    [String.raw`(?<done>\d{5000})`, '{5000} is more than 100 times (at character 17)'],
    [String.raw`(?<done>(?:(?:\d{50}){50}){50})`, 'the pattern is too long, or repeats too much'],
    ['x'.repeat(600), 'it is longer than 500 characters'],
  ])('%s', (pattern, problem) => {
    const parsed = parseProgressPattern(pattern);
    expect(parsed.problem).toContain(`: ${problem}. Example: --progress '`);
    expect(parsed.problem).not.toContain('\n');
  });
});

// A pattern of every form that is taken, written so that JavaScript's own takes it too.
const literal = fc.constantFrom(
  'a',
  'b',
  '1',
  '2',
  ' ',
  '/',
  '%',
  String.raw`\d`,
  String.raw`\w`,
  String.raw`\s`,
  String.raw`\D`,
  '.',
  '[ab]',
  '[^a1]',
  '[0-9a]',
  String.raw`\.`,
  String.raw`\x41`,
  String.raw`[\d.]`,
);
const pattern = fc.letrec<{ node: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    literal,
    literal,
    tie('node').map((inner) => `(?:${inner})`),
  ),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    fc
      .tuple(tie('atom'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,2}?', '{2,}'))
      .map(([one, times]) => one + times),
    fc.tuple(tie('node'), tie('node')).map(([one, two]) => one + two),
    fc.tuple(tie('node'), tie('node')).map(([one, two]) => `${one}|${two}`),
    fc.constantFrom('^', '$', String.raw`\b`, String.raw`\B`),
  ),
})).node;
const line = fc.string({ unit: fc.constantFrom('a', 'b', '1', '2', ' ', '/', '%', 'A', '.'), maxLength: 12 });

test('matching finds what JavaScript finds', () => {
  let compared = 0;
  fc.assert(
    fc.property(pattern, pattern, line, (before, done, text) => {
      const source = `(?:${before})(?<done>${done})`;
      let matched: Readonly<Record<string, string>> | null;
      try {
        matched = matcherOf(parsePattern(source))(text);
      } catch (error) {
        if (error instanceof PatternProblem) return;
        throw error;
      }
      compared += 1;
      const found = new RegExp(source).exec(text);
      expect(matched !== null).toBe(found !== null);
      // Where a repeated part can be empty the two may share out the text differently.
      if (found && !/\)[*+?{]/.test(source)) expect(matched?.['done']).toBe(found.groups?.['done']);
    }),
    { numRuns: 5000 },
  );
  expect(compared).toBeGreaterThan(2000);
});

test.each([
  ['(a+)+b(?<done>1)', 'a'],
  ['(a|a)*b(?<done>1)', 'a'],
  ['(a|aa)+$(?<done>1)', 'a'],
  ['(.*)*(.*)*(.*)*x(?<done>1)', 'a'],
  ['(a?){50}a{50}(?<done>1)', 'a'],
  [String.raw`(\d+\d+)+x(?<done>1)`, '1'],
  [String.raw`.*.*.*.*.*.*=x(?<done>\d+)`, '='],
])('%s, which would take JavaScript for ever, stops nothing', (text, char) => {
  // A digit, so that the line is looked at.
  const output = `${char.repeat(999)}2\n`.repeat(20);
  expect(readingBy(text, output)).toBe(null);
});
