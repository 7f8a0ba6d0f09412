import { describe, expect, test } from 'vitest';
import {
  SAMPLE_BYTES,
  TAIL_BYTES,
  WHOLE_BYTES,
  WINDOW_BYTES,
} from '../../src/output/progress/sampledStream.ts';
import { createOutputReader, type OutputReading } from '../../src/output/readProgress.ts';

const TOTAL = 1_000_000;

function bar(n: number): string {
  const percent = Math.round((n * 100) / TOTAL);
  return `\r${String(percent).padStart(3)}%|${'█'.repeat(percent / 10).padEnd(10)}| ${n}/${TOTAL} [00:10<00:20, 10.0it/s]`;
}

const LOG = `${'2026-11-24 12:00:00 INFO nothing to see at 10.0.0.1/24'.repeat(2)}\n`;

function feed(output: Buffer, pieceBytes: number): OutputReading | null {
  const reader = createOutputReader({ patterns: [] });
  for (let from = 0; from < output.length; from += pieceBytes)
    reader.add('stderr', output.subarray(from, from + pieceBytes));
  return reader.reading();
}

describe('where more comes than can be looked at', () => {
  const redraws = Buffer.from(Array.from({ length: 220_000 }, (_, n) => bar(n)).join(''));

  test.each([65_536, 4999, 1_000_003])('the last redraw is read, in pieces of %i bytes', (pieceBytes) => {
    expect(redraws.length).toBeGreaterThan(WHOLE_BYTES + 2 * WINDOW_BYTES);
    expect(feed(redraws, pieceBytes)).toMatchObject({ completed: 219_999, total: TOTAL });
  });

  test('a bar at its end is read, whatever came before', () => {
    const flood = Buffer.from(LOG.repeat(60_000));
    expect(feed(Buffer.concat([flood, Buffer.from(bar(7)), Buffer.from('\n')]), 65_536)).toMatchObject({
      completed: 7,
    });
  });

  test('what was seen before it still holds', () => {
    const reader = createOutputReader({ patterns: [] });
    reader.add('stderr', Buffer.from(`${bar(7)}\n`));
    expect(reader.reading()).toMatchObject({ completed: 7 });
    for (let times = 0; times < 100; times += 1) reader.add('stderr', Buffer.from(LOG.repeat(1000)));
    expect(reader.reading()).toMatchObject({ completed: 7 });
  });

  test('after a question everything is looked at again', () => {
    const reader = createOutputReader({ patterns: [] });
    for (let times = 0; times < 100; times += 1) reader.add('stderr', Buffer.from(LOG.repeat(1000)));
    expect(reader.reading()).toBe(null);
    reader.add('stderr', Buffer.from(`${bar(7)}\n`));
    reader.add('stderr', Buffer.from(LOG.repeat((TAIL_BYTES / LOG.length) * 4)));
    expect(reader.reading()).toMatchObject({ completed: 7 });
  });

  test('lines that are cut by a sample are not read from their middle', () => {
    // Each line says something else from any place within it than from its beginning.
    const line = 'never mind step 5 of 7 and 3 of 9 [1/2] [2/2] '.repeat(3);
    const flood = Buffer.from(`${line}\n`.repeat(60_000));
    for (const shift of [0, 1, 20, 47, 93]) {
      expect(feed(Buffer.concat([Buffer.from('x'.repeat(shift)), flood]), 65_536)).toBe(null);
    }
    expect(SAMPLE_BYTES).toBeGreaterThan(line.length);
  });

  test('a line without an end takes no place, and what comes after it is read', () => {
    const endless = Buffer.alloc(1_000_000, '1');
    const reader = createOutputReader({ patterns: [] });
    for (let times = 0; times < 50; times += 1) reader.add('stdout', endless);
    expect(reader.reading()).toBe(null);
    reader.add('stdout', Buffer.from('\nEpoch 3/100\n'));
    expect(reader.reading()).toMatchObject({ completed: 2, total: 100 });
  });
});
