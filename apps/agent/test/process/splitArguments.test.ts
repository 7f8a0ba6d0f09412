import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitArguments } from '../../src/splitArguments.ts';

test.each([
  ['', []],
  ['  ', []],
  ['--resume-from {checkpoint}', ['--resume-from', '{checkpoint}']],
  [`--note 'a b' "c d" e\\ f`, ['--note', 'a b', 'c d', 'e f']],
  [`x='' y"$HOME"`, ['x=', 'y$HOME']],
  [`"a \\" b" 'it'"'"'s'`, ['a " b', "it's"]],
  [`''`, ['']],
])('%s', (line, words) => {
  expect(splitArguments(line)).toEqual(words);
});

test.each(["'open", '"open', "a 'b"])('%s is not closed', (line) => {
  expect(splitArguments(line)).toBeUndefined();
});

test('words that are quoted come back as they were, as a shell has them', () => {
  const word = fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '{', '*', '\n', 'é') });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (words) => {
      const line = words.map((text) => `'${text.replaceAll("'", "'\\''")}'`).join(' ');
      expect(splitArguments(line)).toEqual(words);
    }),
  );
});

test('a shell splits the same', () => {
  for (const line of [`a "b c" 'd e' f\\ g "h'i"`, `--x='1 2' y\\"z`, `"a\\\\b" 'c\\d'`]) {
    const shell = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
    expect(splitArguments(line)).toEqual(shell.split('\0').slice(0, -1));
  }
});
