import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
