import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readingsOf } from './feed.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/output/ordinary');
const names = readdirSync(FOLDER);

describe.each(names)('%s is no progress', (name) => {
  const output = readFileSync(join(FOLDER, name));

  test.each([
    ['as it is', output],
    ['twice', Buffer.concat([output, output])],
    ['with each line drawn over the one before', Buffer.from(output.toString().replaceAll('\n', '\r'))],
    ['with carriage returns before the line ends', Buffer.from(output.toString().replaceAll('\n', '\r\n'))],
    [
      'with times before its lines',
      Buffer.from(output.toString().replace(/^/gm, '2026-11-24 12:00:01,123 INFO ')),
    ],
  ])('%s', (_, bytes) => {
    for (const pieceBytes of [bytes.length, 64, 7]) expect(readingsOf(bytes, pieceBytes)).toEqual([null]);
  });

  test('each of its lines alone, again and again', () => {
    for (const line of output.toString().split('\n')) {
      expect(readingsOf(Buffer.from(`${line}\n`.repeat(5)), 4096)).toEqual([null]);
    }
  });
});

const allLines = names.flatMap((name) =>
  readFileSync(join(FOLDER, name), 'utf8')
    .split('\n')
    .filter((line) => line !== ''),
);
const someLines = fc.array(fc.constantFrom(...allLines), { minLength: 1, maxLength: 60 });

test('none of it is, in whatever order it comes', () => {
  fc.assert(
    fc.property(someLines, fc.constantFrom('\n', '\r\n', '\r'), (lines, end) => {
      expect(readingsOf(Buffer.from(lines.map((line) => line + end).join('')), 4096)).toEqual([null]);
    }),
    { numRuns: 500 },
  );
});

test('nor does it change what a bar says that it comes between', () => {
  const bar = (n: number) =>
    `\r${String(n).padStart(3)}%|${'#'.repeat(n / 10).padEnd(10)}| ${n}/100 [00:${n}<00:09, 1.00it/s]`;
  fc.assert(
    fc.property(someLines, (lines) => {
      const output =
        lines.map((line, at) => `${bar(at + 10)}\r${' '.repeat(50)}\r${line}\n`).join('') + bar(99);
      const readings = readingsOf(Buffer.from(output), 4096);
      expect(readings.at(-1)).toMatchObject({ completed: 99, total: 100, from: 'tqdm' });
    }),
    { numRuns: 200 },
  );
});
