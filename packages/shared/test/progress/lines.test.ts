import { expect, test } from 'vitest';
import { splitLines } from '../../src/progress/lines.ts';
import { utf8Bytes, utf8Head, utf8Tail } from '../../src/progress/utf8.ts';

test('lines with keys that mean nothing here are kept aside, the last of each', () => {
  const { unknown, known } = splitLines({ whole: 'GPU: 93%\nloss: 0.5\nProgress: 1/2\nloss: 0.4\nno key\n' });
  expect([...unknown]).toEqual([
    ['GPU', '93%'],
    ['loss', '0.4'],
  ]);
  expect([...known.keys()]).toEqual(['progress']);
});

test('a last line without a line break is open', () => {
  const open = (whole: string) => splitLines({ whole }).known.get('progress')?.lastIsOpen;
  expect(open('Progress: 1')).toBe(true);
  expect(open('Progress: 1\n')).toBe(false);
  expect(open('Progress: 1\n  ')).toBe(false);
  expect(open('Progress: 1\nJob: x')).toBe(false);
});

test('of a text that was cut, the lines at the cut are left out', () => {
  expect(splitLines({ head: 'a\nb', tail: 'c\nd' }).lines).toEqual(['a', 'd']);
  expect(splitLines({ head: 'a\n', tail: '\nd\n' }).lines).toEqual(['a', 'd']);
  expect(splitLines({ head: 'a', tail: 'd' }).lines).toEqual([]);
});

test.each(['', 'abc', 'é漢😀', 'a\ud800b', '\ude00', '\ud83d'])(
  '%j is measured and cut as its bytes are',
  (text) => {
    const bytes = Buffer.from(text);
    expect(utf8Bytes(text)).toBe(bytes.length);
    for (let size = 0; size <= bytes.length + 1; size += 1) {
      const [head, tail] = [utf8Head(text, size), utf8Tail(text, size)];
      expect(text.startsWith(head)).toBe(true);
      expect(text.endsWith(tail)).toBe(true);
      for (const part of [head, tail]) {
        expect(utf8Bytes(part)).toBeLessThanOrEqual(size);
        if (part !== text) expect(utf8Bytes(part) + 4).toBeGreaterThan(size);
      }
    }
  },
);
