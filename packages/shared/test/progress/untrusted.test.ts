import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HEAD_BYTES,
  MAX_WHOLE_BYTES,
  parseCutProgress,
  parseProgress,
  TAIL_BYTES,
} from '../../src/progress/parse.ts';
import { progressSchema } from '../../src/progress/progress.ts';
import { cleanText } from '../../src/text.ts';
import { hostileText } from '../hostileText.ts';

/** Reads a file as parseProgress says that a reader does. */
function readAsReader(text: string) {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_WHOLE_BYTES) return parseProgress(bytes.toString('utf8'));
  return parseCutProgress(
    bytes.subarray(0, HEAD_BYTES).toString('utf8'),
    bytes.subarray(-TAIL_BYTES).toString('utf8'),
  );
}

const value = fc.oneof(
  hostileText,
  fc.constantFrom(
    '12000/30000 (40.0%)',
    '18.4 min',
    '1 day, 2:03:04',
    'COMPLETE',
    'inf',
    '-5',
    '9'.repeat(40),
  ),
  fc.double().map(String),
  fc.tuple(fc.double(), fc.double(), fc.double()).map(([a, b, c]) => `${a}/${b} (${c}%)`),
  fc.stringMatching(/^[-0-9.,:%/ ()ehmsd]{0,24}$/),
);
const key = fc.constantFrom(
  'Progress',
  'Elapsed',
  'ETA',
  'Last update',
  'Status',
  'Stage',
  'Job',
  'Unit',
  'Rate',
  'Checkpoint',
  'In flight',
  'At risk',
  'Runs',
  'Host',
  'Message',
  'Other',
);
const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, value).map(([name, text]) => `${name}: ${text}`) },
  { weight: 1, arbitrary: value },
);
const file = fc
  .tuple(fc.array(line, { maxLength: 20 }), fc.constantFrom('\n', '\r\n', '\r'))
  .map(([lines, lineBreak]) => lines.join(lineBreak));

describe('no text', () => {
  test('makes it throw, and every answer fits the schema and is clean', () => {
    fc.assert(
      fc.property(fc.oneof(file, hostileText, fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
        const progress = parseProgress(text);
        expect(progressSchema.strict().parse(progress)).toEqual(progress);
        for (const part of Object.values(progress)) {
          if (typeof part === 'string') expect(cleanText(part)).toBe(part);
        }
        expect(progress.status === 'unreadable' ? progress.problem : 'told').toBeTruthy();
      }),
      { numRuns: 3000 },
    );
  });

  test('gives a number that does not stand in it', () => {
    fc.assert(
      fc.property(file, (text) => {
        const { completed, total, inFlight, runs, checkpoints } = parseProgress(text);
        const digits = text.replace(/[^\d]/g, '');
        for (const number of [completed, total, inFlight, runs, checkpoints]) {
          if (number !== null) expect(digits).toContain(`${number}`);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('of 64 KiB keeps it busy', () => {
    // All of it is linear; one part that is not would take minutes and run into the time limit.
    const units = [
      ...[
        '1',
        '1,',
        '1 ',
        '1.',
        '1%',
        '1/',
        '1 of ',
        '(1',
        '-',
        ' ',
        '\t',
        '\n',
        '\r',
        ':',
        '*',
        '/',
        '[',
        '(',
        '=',
        '9',
      ],
      ...[
        'COMPLETE',
        'COMPLETE ',
        'COMPLETE\n',
        'COMPLETE\u0301',
        'not ',
        "n't ",
        '\u001b',
        '\u001b[',
        '\u001b]',
        '\u001b[1',
      ],
      ...[
        '\u0090',
        '\u009b',
        '\u202e',
        '\ud800',
        '😀',
        '\ufeff',
        '\ufffd',
        'Progress: 1/2\n',
        'Progress: x\n',
        'Progress: ',
      ],
      ...[
        'Status: x\n',
        'Status: COMPLETE at\n',
        'ETA: 1 d\n',
        'Last update: 1\n',
        'a:b\n',
        'saved, last x at ',
      ],
    ];
    const beginnings = [
      '',
      'Progress: ',
      'Progress: 1/2 ',
      'Progress: [',
      'ETA: 1',
      'Last update: ',
      'Checkpoint: 6 saved, last ',
      'Status: ',
      'Message: ',
      'x COMPLETE ',
      'In flight: ',
    ];
    for (const beginning of beginnings) {
      for (const unit of units) {
        const text = beginning + unit.repeat(MAX_WHOLE_BYTES / unit.length);
        expect(progressSchema.safeParse(parseProgress(text.slice(0, MAX_WHOLE_BYTES / 4)))).toMatchObject({
          success: true,
        });
        expect(progressSchema.safeParse(parseProgress(text))).toMatchObject({ success: true });
      }
    }
  });
});

describe('a file above 64 KiB', () => {
  const filler = 'a line of somebody else’s log\n';
  const fill = (bytes: number) => filler.repeat(Math.ceil(bytes / Buffer.byteLength(filler)));
  const tooLarge = expect.stringContaining('larger than 64 KiB');

  test('is read at both ends, and told', () => {
    const text = `Job: x\nProgress: 1/4\n${fill(100_000)}Progress: 3/4\n`;
    expect(readAsReader(text)).toMatchObject({ completed: 3, total: 4, job: 'x', problem: tooLarge });
  });

  test('is not read in its middle', () => {
    const text = `Progress: 1/4\n${fill(60_000)}Progress: 2/4\n${fill(60_000)}`;
    expect(readAsReader(text)).toMatchObject({ completed: 1, problem: tooLarge });
  });

  test('never gives half of a number at the cut, wherever the cut is', () => {
    const lines = Array.from({ length: 40 }, (_, at) => `Progress: ${10_000 + at}/99999\n`);
    const text = lines.join('');
    for (let cut = 100; cut < 200; cut += 1) {
      const lastWhole = 10_000 + Math.floor(cut / 'Progress: 10000/99999\n'.length) - 1;
      expect(parseCutProgress(text.slice(0, cut), '')).toMatchObject({ completed: lastWhole, total: 99_999 });
      expect(parseCutProgress('', text.slice(-cut))).toMatchObject({ completed: 10_039, total: 99_999 });
    }
    expect(parseCutProgress('Progress: 1/4\nProgress: 120', '00/30000\nJob: x\n')).toMatchObject({
      completed: 1,
      total: 4,
      job: 'x',
    });
    expect(parseCutProgress('Progress: 1/4', '0\n')).toMatchObject({ status: 'unreadable' });
  });

  test('of one endless line holds nothing to read', () => {
    expect(readAsReader(`Progress: 1/4 ${'x'.repeat(200_000)}`)).toMatchObject({
      status: 'unreadable',
      completed: null,
      problem: 'The file holds no whole line of text.',
    });
  });

  test('a character cut in half at an end does no harm', () => {
    const text = `Progress: 1/4\n${'漢'.repeat(30)}\n`.repeat(1000);
    for (let shift = 0; shift < 4; shift += 1) {
      expect(readAsReader(`${'x'.repeat(shift)}\n${text}`)).toMatchObject({
        completed: 1,
        total: 4,
        status: 'running',
      });
    }
  });

  test('that is a picture is not text', () => {
    expect(readAsReader(`GIF89a${'\u0000\u0001'.repeat(50_000)}`)).toMatchObject({ status: 'unreadable' });
  });

  test('handed over whole is read at its ends all the same', () => {
    const log = `Progress: 1/4\n${fill(60_000)}Progress: 2/4\n${fill(60_000)}Progress: 3/4\n`;
    expect(parseProgress(log)).toEqual(readAsReader(log));
    const wide = `Progress: 1/4\n${'漢\n'.repeat(20_000)}Progress: 3/4\n`;
    expect(wide.length).toBeLessThan(MAX_WHOLE_BYTES);
    expect(parseProgress(wide)).toEqual(readAsReader(wide));
    expect(parseProgress(wide).problem).toEqual(tooLarge);
  });

  test('of exactly 64 KiB is read whole', () => {
    const text = `Progress: 1/4\n${'x'.repeat(MAX_WHOLE_BYTES)}`.slice(0, MAX_WHOLE_BYTES);
    expect(readAsReader(text)).toMatchObject({ completed: 1, problem: null });
    expect(readAsReader(`${text}x`)).toMatchObject({ completed: 1, problem: tooLarge });
  });
});
