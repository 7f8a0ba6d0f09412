import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDurationWords, LONGEST_SECONDS, parseCadence, parseDuration } from '../src/duration.ts';
import { cadenceSchema } from '../src/job.ts';

describe('parseDuration', () => {
  test.each([
    ['18.4 min', 1104],
    ['18:24', 1104],
    ['1:02:03', 3723],
    ['1 day, 2:03:04.5', 93784.5],
    ['2 days, 0:00:00', 172800],
    ['2h 5m', 7500],
    ['2h5m', 7500],
    ['45s', 45],
    ['12.3 min', 738],
    ['0.7 min', 42],
    ['0.0 min', 0],
    ['0', 0],
    ['0.0', 0],
    ['1h10', 4200],
    ['1h05', 3900],
    ['1 h 10 min', 4200],
    ['2d4h', 187_200],
    ['2 d 4 h', 187_200],
    ['1 hour and 5 minutes', 3900],
    ['1 Hour, 5 Minutes', 3900],
    ['1 week 2 days', 777_600],
    ['90 seconds', 90],
    ['250ms', 0.3],
    ['.5 min', 30],
    ['1.2e-05 min', 0],
    ['1,200 s', 1200],
    ['100:00:00', 360_000],
    ['90:00', 5400],
    ['00:12:18.5', 738.5],
    ['0 days 00:12:18.500000', 738.5],
    ['1-02:03:04', 93_784],
    ['~18 min', 1080],
    ['18 min left', 1080],
    ['18.4 min (14:05)', 1104],
    ['  18.4\tmin  ', 1104],
  ])('%j is %d s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['-0.0 min', '-3 min', '-0:05', '-1 day, 23:59:58', '-2h 5m'])('%j is negative, so 0', (text) =>
    expect(parseDuration(text)).toBe(0),
  );

  test.each([
    'unknown',
    'Unknown',
    'N/A',
    'inf',
    '-inf',
    'Infinity',
    '∞',
    'nan',
    'NaN',
    'inf min',
    'nan min',
    'None',
    '',
    '  ',
    '?',
    '--:--',
    '--:--:--',
    '...',
    'calculating...',
    '999999999999 days',
    '1e400 s',
  ])('%j is not known', (text) => expect(parseDuration(text)).toBeNull());

  test.each([
    '90',
    '18.4',
    'tomorrow',
    '18:75',
    '1:60:00',
    '1:2:3',
    '1 day, 2:03',
    '5 s 2 s',
    '5 s 2 h',
    '12:34 PM',
    '14:05:00 UTC',
    '2026-01-25 12:00:00',
    '1.5.2 min',
    '1h100',
    '12 parsecs',
    `${'1'.repeat(200)} s`,
  ])('%j is no time span', (text) => expect(parseDuration(text)).toBeUndefined());

  test('rounds to a tenth of a second', () => {
    expect(parseDuration('0.04 s')).toBe(0);
    expect(parseDuration('0.05 s')).toBe(0.1);
    expect(parseDuration('1:02:03.46')).toBe(3723.5);
  });

  test('never throws, and any number it gives is finite and not below 0', () => {
    const piece = fc.constantFrom(
      '1',
      '23',
      '0',
      ':',
      '.',
      ' ',
      ',',
      '-',
      'day',
      'h',
      'm',
      'min',
      's',
      'e',
      '(',
      ')',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const seconds = parseDuration(text);
          if (typeof seconds !== 'number') return;
          expect(seconds).toBeGreaterThanOrEqual(0);
          expect(seconds).toBeLessThanOrEqual(LONGEST_SECONDS);
          expect(Object.is(seconds, -0)).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const anySeconds = fc.oneof(
  fc.double({ min: 0, max: 200, noNaN: true }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ min: 0, max: LONGEST_SECONDS, noNaN: true }),
);

describe('formatDurationWords', () => {
  test.each([
    [0, '0 s'],
    [-5, '0 s'],
    [0.01, '1 s'],
    [44.2, '45 s'],
    [59, '59 s'],
    [59.2, '1 min'],
    [60, '1 min'],
    [89, '1 min'],
    [90, '2 min'],
    [720, '12 min'],
    [3569, '59 min'],
    [3570, '1 h'],
    [3900, '1 h 5 min'],
    [4200, '1 h 10 min'],
    [7200, '2 h'],
    [86_369, '23 h 59 min'],
    [86_370, '1 d'],
    [187_200, '2 d 4 h'],
    [863_000, '10 d'],
    [3.4e6, '39 d'],
    [400 * 86_400, '400 d'],
    [1000 * 86_400, '2.7 years'],
    [3.2e9, '101 years'],
    [LONGEST_SECONDS, '1000 years'],
    [1e300, '1000 years'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('%d s is %s', (seconds, text) => expect(formatDurationWords(seconds)).toBe(text));

  test('shows nothing above 0 as 0 and never a full unit', () => {
    fc.assert(
      fc.property(anySeconds, (seconds) => {
        const text = formatDurationWords(seconds);
        expect(text).not.toMatch(/^60 |h 60|24 h|^0 [mhdy]/);
        if (seconds > 0) expect(text).not.toBe('0 s');
      }),
      { numRuns: 2000 },
    );
  });

  test('is read back by parseDuration as about the same time', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 999 * 86_400, noNaN: true }), (seconds) => {
        const text = formatDurationWords(seconds);
        const read = parseDuration(text);
        if (typeof read !== 'number') throw new Error(`${text} was not read`);
        expect(Math.abs(read - seconds)).toBeLessThanOrEqual(Math.max(1, seconds / 3));
      }),
    );
  });

  test('a longer time never reads as a shorter one', () => {
    const days = fc.double({ min: 0, max: 999 * 86_400, noNaN: true });
    fc.assert(
      fc.property(days, days, (one, other) => {
        const shown = (seconds: number) => parseDuration(formatDurationWords(seconds)) ?? Number.NaN;
        expect(shown(Math.min(one, other))).toBeLessThanOrEqual(shown(Math.max(one, other)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseCadence', () => {
  test.each([
    ['2000', { items: 2000 }],
    ['1', { items: 1 }],
    [' 2000 ', { items: 2000 }],
    ['2m', { seconds: 120 }],
    ['90s', { seconds: 90 }],
    ['1h', { seconds: 3600 }],
    ['2.5m', { seconds: 150 }],
    ['1h30m', { seconds: 5400 }],
    ['2 min', { seconds: 120 }],
    ['0.5s', { seconds: 0.5 }],
  ])('%j', (text, cadence) => {
    expect(parseCadence(text)).toEqual({ kind: 'ok', cadence });
    expect(cadenceSchema.parse(cadence)).toEqual(cadence);
  });

  test.each([
    '',
    '0',
    '0s',
    '0.01s',
    '-2m',
    '-5',
    '1.5',
    '2M',
    '2k',
    '2000 items',
    '2,000',
    '18:24',
    'unknown',
    'inf s',
    '99999999999999999999',
    '1e400s',
    'two',
    '2x',
  ])('%j is refused, with words that name it', (text) => {
    const result = parseCadence(text);
    if (result.kind !== 'error') throw new Error('accepted');
    expect(result.message).toContain(JSON.stringify(text));
    expect(result.message).toMatch(/item|at least 0\.1 s/i);
  });

  test('a huge or hostile value is named in one short line', () => {
    const result = parseCadence(`x\n\u001b[31m${'y'.repeat(10_000)}`);
    if (result.kind !== 'error') throw new Error('accepted');
    expect(result.message.length).toBeLessThan(200);
    expect(result.message).not.toMatch(/[\u0000-\u001f]/);
  });

  test('whatever is accepted fits the record', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.]{1,6} ?[a-z]{0,4}[0-9]{0,2}[a-z]?$/), (text) => {
        const result = parseCadence(text);
        if (result.kind === 'ok') expect(cadenceSchema.parse(result.cadence)).toEqual(result.cadence);
      }),
    );
  });
});
