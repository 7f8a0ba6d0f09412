import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTimestamp } from '../../src/progress/timestamp.ts';

test.each([
  ['2026-11-23T12:34:56.789Z', '2026-11-23T12:34:56.789Z'],
  ['2026-11-23 12:34:56Z', '2026-11-23T12:34:56.000Z'],
  ['2026-11-23 12:34:56.1 UTC', '2026-11-23T12:34:56.100Z'],
  ['2026-11-23T12:34:56.789999+00:00', '2026-11-23T12:34:56.789Z'],
  ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
  ['2026-12-31T23:30:00-0130', '2027-01-01T01:00:00.000Z'],
  ['2024-03-01T00:30:00+05:30', '2024-02-29T19:00:00.000Z'],
  ['2026-06-01T12:00:00-07', '2026-06-01T19:00:00.000Z'],
  ['1769344496', '2026-01-25T12:34:56.000Z'],
  ['1769344496.789', '2026-01-25T12:34:56.789Z'],
  ['Sun Jan 25 12:34:56 UTC 2026', '2026-01-25T12:34:56.000Z'],
])('%s is %s', (text, iso) => expect(parseTimestamp(text)).toEqual({ iso, isLocal: false }));

test.each([
  ['2026-01-25 12:34:56.789012', '2026-01-25T12:34:56.789'],
  ['2026-01-25 12:34:56,789', '2026-01-25T12:34:56.789'],
  ['2026-01-25T12:34', '2026-01-25T12:34:00.000'],
  ['Sun Jan 25 12:34:56 2026', '2026-01-25T12:34:56.000'],
  ['Mon Jan  5 01:34:56 2026', '2026-01-05T01:34:56.000'],
  ['Sun Jan 25 12:34:56 AM CET 2026', '2026-01-25T00:34:56.000'],
  ['Sun Jan 25 01:34:56 PM CEST 2026', '2026-01-25T13:34:56.000'],
])('%s has no zone: the host’s own time, %s', (text, iso) =>
  expect(parseTimestamp(text)).toEqual({ iso, isLocal: true }),
);

test.each(['', 'unknown', 'Never', 'N/A', '-'])('%j says that there is none', (text) =>
  expect(parseTimestamp(text)).toBeNull(),
);

test.each([
  '12:34:56',
  '2026-01-25',
  '2023-02-29 00:00:00',
  '2026-13-01 00:00:00',
  '2026-00-01 00:00:00',
  '2026-04-31 00:00:00',
  '2026-01-25 24:00:00',
  '2026-01-25 12:60:00',
  '2026-01-25 12:00:60',
  '0001-01-01T00:00:00+01:00',
  '2026-01-25 12:00:00 CET',
  '2026-01-25 12:00:00+99:00',
  'Sun Foo 25 12:34:56 2026',
  'Sun Jan 25 13:34:56 PM CET 2026',
  '25/01/2026 12:00',
  '176934449',
])('%j is no date with its time of day', (text) => expect(parseTimestamp(text)).toBeUndefined());

const anyDate = fc.date({
  min: new Date('0001-01-02T00:00:00Z'),
  max: new Date('9999-12-30T23:59:59.999Z'),
  noInvalidDate: true,
});

test('every moment with any offset is the same moment in UTC', () => {
  fc.assert(
    fc.property(anyDate, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offsetMinutes) => {
      const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
      const size = Math.abs(offsetMinutes);
      const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => `${part}`.padStart(2, '0'));
      const text = `${local}${offsetMinutes < 0 ? '-' : '+'}${hours}:${minutes}`;
      expect(parseTimestamp(text)).toEqual({ iso: date.toISOString(), isLocal: false });
    }),
    { numRuns: 2000 },
  );
});

test('every ISO time is read as itself, with or without its zone', () => {
  fc.assert(
    fc.property(anyDate, (date) => {
      const iso = date.toISOString();
      expect(parseTimestamp(iso)).toEqual({ iso, isLocal: false });
      expect(parseTimestamp(iso.slice(0, -1))).toEqual({ iso: iso.slice(0, -1), isLocal: true });
    }),
  );
});

test('a valid day is one that the calendar has', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(13), fc.nat(32), (year, month, day) => {
      const pad = (value: number, width: number) => `${value}`.padStart(width, '0');
      const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T12:00:00.000Z`;
      const date = new Date(text);
      const exists = !Number.isNaN(date.getTime()) && date.toISOString() === text;
      expect(parseTimestamp(text)).toEqual(exists ? { iso: text, isLocal: false } : undefined);
    }),
    { numRuns: 2000 },
  );
});
