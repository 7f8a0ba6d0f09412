import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readingOf, runAndRead } from './feed.ts';

const folder = mkdtempSync(join(tmpdir(), 'mp-ffmpeg-'));
const source = join(folder, 'source.mkv');
const FFMPEG = ['-hide_banner', '-nostdin', '-y'];

beforeAll(async () => {
  // A generated source has no duration: what is done is known, of how much is not.
  const readings = await runAndRead('ffmpeg', [
    ...FFMPEG,
    '-f',
    'lavfi',
    '-i',
    'testsrc=duration=2:size=160x120:rate=10',
    '-c:v',
    'mpeg4',
    source,
  ]);
  expect(readings.at(-1)).toEqual({ completed: 1, total: null, unit: 's', from: 'ffmpeg', key: 'ffmpeg' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const whole = { completed: 2, total: 2, unit: 's', from: 'ffmpeg', key: 'ffmpeg' };

describe.concurrent('a file with a duration', () => {
  test.each([
    ['by its status line', []],
    ['by -progress on stdout as well', ['-progress', 'pipe:1']],
    ['by -progress alone', ['-nostats', '-progress', 'pipe:1']],
  ])('%s', async (name, args) => {
    // Read as fast as it plays, so that it tells on the way.
    const readings = await runAndRead('ffmpeg', [
      ...FFMPEG,
      ...args,
      '-re',
      '-i',
      source,
      '-c:v',
      'mpeg4',
      join(folder, `${name}.mkv`),
    ]);
    expect(readings.at(-1)).toEqual(whole);
    expect(readings.some((one) => one !== null && one.completed < 2 && one.total === 2)).toBe(true);
  });
});

const input = (index: number, duration: string) =>
  `Input #${index}, matroska,webm, from 'a.mkv':\n  Duration: ${duration}, start: 0.000000, bitrate: 50 kb/s\n`;
const status = (time: string, size = 'size') =>
  `frame=  250 fps= 25 q=2.0 ${size}=     256kB time=${time} bitrate= 209.7kbits/s speed=1.2x    \r`;

test('inputs of one length are clear, of several lengths are not', () => {
  expect(
    readingOf(`${input(0, '00:01:00.00')}${input(1, '00:01:00.40')}${status('00:00:10.00')}x`),
  ).toMatchObject({ completed: 10, total: 60 });
  expect(
    readingOf(`${input(0, '00:01:00.00')}${input(1, '00:02:00.00')}${status('00:00:10.00')}x`),
  ).toMatchObject({ completed: 10, total: null });
  expect(readingOf(`${input(0, '00:01:00.00')}${input(1, 'N/A')}${status('00:00:10.00')}x`)).toMatchObject({
    completed: 10,
    total: null,
  });
});

test('what goes on beyond its input has no total', () => {
  expect(
    readingOf(`${input(0, '00:01:00.00')}${status('00:00:10.00')}${status('00:02:00.00')}x`),
  ).toMatchObject({ completed: 120, total: null });
});

test('a second run of ffmpeg in one program: seconds are counted, their total is unknown', () => {
  const one = `${input(0, '00:01:00.00')}${status('00:00:00.00')}${status('00:00:59.90', 'Lsize')}\n`;
  expect(readingOf(one)).toMatchObject({ completed: 60, total: 60 });
  expect(
    readingOf(`${one}${input(0, '00:03:00.00')}${status('00:00:00.00')}${status('00:00:10.00')}x`),
  ).toMatchObject({ completed: 70, total: null });
});

test('a time of no input is none', () => {
  expect(readingOf(`${status('00:00:10.00')}${status('00:00:20.00')}x`)).toBe(null);
  expect(readingOf(`${input(0, '00:01:00.00')}${status('-577014:32:22.77')}x`)).toBe(null);
});
