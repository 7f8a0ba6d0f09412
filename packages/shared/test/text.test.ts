import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText, MAX_TEXT, quoteShell, stripTerminal } from '../src/text.ts';
import { hostileText } from './hostileText.ts';

const ESC = '\u001b';

describe('stripTerminal', () => {
  test.each([
    [`${ESC}[32mgreen${ESC}[0m`, 'green'],
    [`${ESC}[1;38;5;200mx`, 'x'],
    [`${ESC}[?25lx`, 'x'],
    [`${ESC}]0;title\u0007x`, 'x'],
    [`${ESC}]8;;http://a${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
    [`${ESC}Pq#0;2;0${ESC}\\x`, 'x'],
    [`${ESC}(Bx`, 'x'],
    [`${ESC}cx`, 'x'],
    ['\u009b31mx', 'x'],
    ['\u009d0;title\u009cx', 'x'],
    ['ab\u202ecd\u202c', 'abcd'],
    ['\u2067x\u2069', 'x'],
    [`x${ESC}`, 'x'],
    [`x${ESC}[`, 'x'],
    [`x${ESC}[31`, 'x'],
    ['no [31m here\n', 'no [31m here\n'],
    [`${ESC}]unfinished\nnext line`, '\nnext line'],
    [`${ESC}]unfinished\r\nnext line`, '\r\nnext line'],
    [`${ESC}[31\nnext line`, '\nnext line'],
  ])('%j becomes %j', (text, plain) => expect(stripTerminal(text)).toBe(plain));

  test('leaves no introducer and no bidirectional control, and finds nothing more the second time', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const plain = stripTerminal(text);
        expect(plain).not.toMatch(/[\u001b\u0090\u0098\u009b\u009d-\u009f]/);
        expect(plain).not.toMatch(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
        expect(stripTerminal(plain)).toBe(plain);
      }),
      { numRuns: 1000 },
    );
  });

  test('changes nothing in plain text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\u001b\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text));
        expect(stripTerminal(text)).toBe(text);
      }),
    );
  });

  test('what was before and behind an unfinished string of any length is kept', () => {
    const text = stripTerminal(`before${ESC}]${'x'.repeat(1_000_000)}\nbehind`);
    expect(text.startsWith('before')).toBe(true);
    expect(text.endsWith('\nbehind')).toBe(true);
  });
});

describe('cleanText', () => {
  test.each([
    ['  a \t b\n\nc  ', 'a b c'],
    [`${ESC}[31mred${ESC}[0m alert\u0007`, 'red alert'],
    ['a\u0000b\u0085c\u2028d\ufeffe', 'a b c d e'],
    ['\ud83d x \ude00', '\ufffd x \ufffd'],
    ['\ud83d\u202e\ude00', '😀'],
    ['', ''],
    ['\n\u001b', ''],
  ])('%j becomes %j', (text, clean) => expect(cleanText(text)).toBe(clean));

  test('cuts by code points and says so', () => {
    expect(cleanText('😀'.repeat(300))).toBe(`${'😀'.repeat(MAX_TEXT - 1)}…`);
    expect(cleanText('x'.repeat(MAX_TEXT))).toBe('x'.repeat(MAX_TEXT));
    expect(cleanText('ab', 1)).toBe('…');
    expect(cleanText('ab', 0)).toBe('');
    expect(cleanText('a b', 2)).toBe('a…');
  });

  test('gives one well-formed line without controls, in bounds, and changes it no further', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 0, max: 250 }), (text, max) => {
        const clean = cleanText(text, max);
        expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/);
        expect(clean).not.toMatch(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
        expect(clean).not.toMatch(/^\s|\s$|\s\s/);
        expect(() => encodeURIComponent(clean)).not.toThrow(); // throws on a lone surrogate
        expect([...clean].length).toBeLessThanOrEqual(max);
        expect(cleanText(clean, max)).toBe(clean);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('quoteShell', () => {
  test.each([
    ['plain', 'plain'],
    ['./path/to-file_1.npz', './path/to-file_1.npz'],
    ['--total=30000', '--total=30000'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(id)', "'$(id)'"],
    ['PATH=x', "'PATH=x'"],
    ['=ls', "'=ls'"],
    ['~', "'~'"],
    ['*', "'*'"],
  ])('%j becomes %s', (argument, quoted) => expect(quoteShell(argument)).toBe(quoted));

  test('refuses what no command can be given', () => {
    expect(() => quoteShell('a\0b')).toThrow(RangeError);
  });

  test('a real sh hands every argument on unchanged', () => {
    const pieces = fc.constantFrom(
      ...[
        '"',
        "'",
        '\\',
        '$',
        '`',
        '$(id)',
        '!',
        '!!',
        '&',
        '|',
        ';',
        '\n',
        '\r',
        '\t',
        ' ',
        '*',
        '?',
        '[a]',
      ],
      ...[
        '{a,b}',
        '~',
        '#',
        '=',
        '%',
        '<',
        '>',
        '(',
        ')',
        '-',
        '--',
        '-e',
        '\\n',
        '\u001b[31m',
        'é',
        '😀',
        'a',
        '/',
      ],
    );
    const argument = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text.replaceAll('\0', '')).toString()),
    );
    const hostile = fc.sample(argument, 500);
    const script = `printf '%s\\0' ${hostile.map(quoteShell).join(' ')}`;
    const output = execFileSync('/bin/sh', { input: script, env: {}, cwd: '/' }).toString('utf8');
    expect(output.split('\0').slice(0, -1)).toEqual(hostile);
  });
});
