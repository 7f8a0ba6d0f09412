import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_LINE } from '../../src/output/progress/frames.ts';
import { createOutputReader, type OutputReading } from '../../src/output/readProgress.ts';

type Stream = 'stdout' | 'stderr';

// What output is made of: pieces of bars and lines, signs that move the cursor, hostile numbers, and any bytes.
const number = fc.oneof(
  fc.nat(120).map(String),
  fc.constantFrom(
    '0',
    '-1',
    '1e400',
    'NaN',
    'Infinity',
    '１２',
    '9007199254740993',
    '9'.repeat(30),
    '0x1f',
    '1.5',
    '1,000',
    '1.2k',
    '٣',
  ),
);
const clock = fc
  .tuple(fc.nat(99), fc.nat(59))
  .map(([m, s]) => `${String(m).padStart(2, '0')}:${String(s).padStart(2, '0')}`);
const pieceText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', 'A: ', 'Epoch 1/3: ', 'Epoch 2: '),
        fc.nat(100),
        clock,
        fc.constantFrom('', '\n', '\x1b[A', '\r'),
      )
      .map(([label, n, time, end]) => `\r${label}${n}%|█▌  | ${n}/100 [${time}<00:01, 1.00it/s]${end}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(number, number, number, clock, clock)
      .map(([p, a, b, c, d]) => `${p}%|██▌  | ${a}/${b} [${c}<${d}, 1.00it/s]`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('Epoch', 'step', 'file', 'Fold'), number, number)
      .map(([w, a, b]) => `${w} ${a}/${b}`),
  },
  { weight: 2, arbitrary: fc.tuple(number, number).map(([a, b]) => `[${a}/${b}] x`) },
  { weight: 2, arbitrary: number.map((p) => `${p}%`) },
  {
    weight: 1,
    arbitrary: fc.tuple(number, number, number).map(([p, a, b]) => `Receiving: ${p}% (${a}/${b})`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(number, clock)
      .map(
        ([n, c]) =>
          `Input #${n}, a, from 'x'\n  Duration: 00:${c}.00, start: 0\nframe=1 time=00:${c}.50 bitrate=1\r`,
      ),
  },
  { weight: 1, arbitrary: number.map((p) => `━━━━━━━━━━ ${p}%`) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\x1b[A',
      '\x1b[A\x1b[A',
      '\x1b[2K',
      '\x1b[1A',
      '\b',
      '\x1b',
      '\x1b[',
      '\x1b[31',
      'm',
      '█',
      ' ',
      'loss=1',
      '\x1b]0;12/100\x07',
      'A: ',
      'B: ',
      '\x00',
    ),
  },
);
const piece = fc.oneof(
  { weight: 30, arbitrary: pieceText.map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: MAX_LINE - 40, max: MAX_LINE + 40 })
      .map((length) => Buffer.alloc(length, '7')),
  },
);
const output = fc.array(
  fc.tuple(
    fc.constantFrom<Stream>('stdout', 'stderr'),
    fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces)),
  ),
  { maxLength: 12 },
);

function readAll(parts: readonly (readonly [Stream, Uint8Array])[], asks = false): OutputReading | null {
  const reader = createOutputReader({ patterns: [] });
  for (const [stream, bytes] of parts) {
    reader.add(stream, bytes);
    if (asks) reader.reading();
  }
  return reader.reading();
}

function cut(parts: readonly (readonly [Stream, Uint8Array])[], pieceBytes: number): [Stream, Uint8Array][] {
  return parts.flatMap(([stream, bytes]) =>
    Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at): [Stream, Uint8Array] => [
      stream,
      // A buffer of its own that is used again, as a reader of pipes does.
      Uint8Array.from(bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes)),
    ]),
  );
}

test('the reading is the same however the output is cut, and however often it was asked for on the way', () => {
  let known = 0;
  fc.assert(
    fc.property(output, fc.constantFrom(1, 2, 3, 7, 64, 1000), (parts, pieceBytes) => {
      const whole = readAll(parts);
      if (whole !== null) known += 1;
      // A few hundred pieces are enough.
      const bytes = parts.reduce((sum, [, part]) => sum + part.length, 0);
      const pieces = cut(parts, Math.max(pieceBytes, Math.ceil(bytes / 250)));
      expect(readAll(pieces)).toEqual(whole);
      expect(readAll(pieces, true)).toEqual(whole);
    }),
    { numRuns: 250 },
  );
  expect(known).toBeGreaterThan(40);
});

test('no output makes it throw, or say a number that is none', () => {
  fc.assert(
    fc.property(output, (parts) => {
      const reader = createOutputReader({ patterns: [] });
      for (const [stream, bytes] of parts) {
        reader.add(stream, bytes);
        const reading = reader.reading();
        if (reading === null) continue;
        const { completed, total, unit, from, key } = reading;
        expect(Number.isSafeInteger(completed) && completed >= 0).toBe(true);
        expect(total === null || (Number.isSafeInteger(total) && total >= Math.max(1, completed))).toBe(true);
        for (const text of [unit ?? '', from, key]) {
          expect(text.length).toBeLessThanOrEqual(200);
          expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
        }
        expect(from).not.toBe('');
      }
    }),
    { numRuns: 250 },
  );
});

test('bytes without any digit are never progress', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      const parts = chunks.map((bytes): [Stream, Uint8Array] => [
        'stderr',
        bytes.filter((byte) => byte < 48 || byte > 57),
      ]);
      expect(readAll(parts)).toBe(null);
    }),
  );
});

test('a buffer that is used again changes nothing', () => {
  const reader = createOutputReader({ patterns: [] });
  const buffer = Buffer.from('\r 37%|###       | 37/100 [00:03<00:06, 10.0it/s]');
  reader.add('stderr', buffer);
  buffer.fill('9');
  expect(reader.reading()).toMatchObject({ completed: 37, total: 100 });
});

describe('time in proportion to what came', () => {
  const hostile: [string, string][] = [
    ['percents', '1% '],
    ['bars', '1%|'],
    ['slashes', '1/1 '],
    ['brackets', '[1/'],
    ['opened brackets', '['],
    ['drawn', '[####'],
    ['clocks', '1:'],
    ['spaces', ' 1'],
    ['returns', '\r1'],
    ['escapes', '\x1b[1'],
    ['moves', '\x1b[A1'],
    ['backspaces', '\b'],
    ['hashes', '#1'],
    ['thick lines', '━1'],
    ['bars full of ━ and %', '━━━━━━━ 1%'],
    ['words', 'epoch 1 '],
    ['words and of', 'step 1 of '],
    ['frame=', 'frame=1 size=1 time=1'],
    ['names', 'a1.'],
    ['a.b: ', 'a1: '],
    ['one long line', '1'],
    ['dots', '.......... 1'],
  ];

  test.each(hostile)('%s', (_, unit) => {
    // Lines of an eighth of the longest, and of the longest that is looked at; each as many bytes.
    const bytes = 200_000;
    const lines = (length: number) => {
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      return Buffer.from(`${text}\n`.repeat(Math.ceil(bytes / length)), 'latin1');
    };
    const short = cost(lines(MAX_LINE / 8));
    const long = cost(lines(MAX_LINE - 10));
    // Quadratic in the line's length would be 8 times.
    expect(long / Math.max(short, 2)).toBeLessThan(5);
  });

  /** The processor time of reading it, the least of several, in milliseconds. */
  function cost(output: Uint8Array): number {
    const costs = Array.from({ length: 4 }, () => {
      const before = process.cpuUsage();
      readAll([['stdout', output]]);
      const { user } = process.cpuUsage(before);
      return user / 1000;
    });
    return Math.min(...costs);
  }
});

test('moves of the cursor that are cut in two are counted as one', () => {
  const frame = (label: string, n: number) =>
    `\r${label}: ${n}0%|#####     | ${n}/10 [00:01<00:01,  5.00it/s]`;
  const text = [3, 4, 5]
    .map((n) => `${frame('A', n)}\n${frame('B', n)}\x1b[A\n\n${frame('B', n + 1)}\x1b[A\x1b[A`)
    .join('');
  const whole = readAll([['stderr', Buffer.from(`${text}\r`)]]);
  for (let at = 1; at < text.length; at += 1) {
    const reader = createOutputReader({ patterns: [] });
    reader.add('stderr', Buffer.from(text.slice(0, at)));
    reader.reading();
    reader.add('stderr', Buffer.from(`${text.slice(at)}\r`));
    expect(reader.reading()).toEqual(whole);
  }
});
