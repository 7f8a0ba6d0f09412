import { describe, expect, test } from 'vitest';
import { parseProgress, unreadableProgress } from '../../src/progress/parse.ts';
import { type Progress, progressSchema } from '../../src/progress/progress.ts';

/** The keys of the answer that a rule is about. */
function read<K extends keyof Progress>(text: string, ...keys: K[]): Pick<Progress, K>;
function read(text: string, ...keys: (keyof Progress)[]): Partial<Progress> {
  const progress = parseProgress(text);
  return Object.fromEntries(keys.map((key) => [key, progress[key]]));
}

const someText = expect.stringMatching(/^\P{Ll}.* .*\.$/su);

describe('what is enough', () => {
  test('the Progress line alone', () => {
    expect(parseProgress('Progress: 3/4')).toEqual({
      ...unreadableProgress(''),
      status: 'running',
      completed: 3,
      total: 4,
      percent: 75,
      problem: null,
    });
  });

  test('COMPLETE alone', () => {
    expect(read('COMPLETE\n', 'status', 'completed', 'problem')).toEqual({
      status: 'complete',
      completed: null,
      problem: null,
    });
  });

  test('a known Status alone', () => {
    expect(read('Status: STOPPED', 'status', 'problem')).toEqual({ status: 'stopped', problem: null });
  });
});

describe('keys', () => {
  test('count in any order and case, with any separator between their words', () => {
    const text =
      'LAST_UPDATE: 2026-01-25T12:00:00Z\nin-flight: 7\nAt  Risk: 30s\nstatus: Failed\nPROGRESS : 3/4\n';
    expect(read(text, 'lastUpdate', 'inFlight', 'atRiskSeconds', 'status', 'completed')).toEqual({
      lastUpdate: '2026-01-25T12:00:00.000Z',
      inFlight: 7,
      atRiskSeconds: 30,
      status: 'failed',
      completed: 3,
    });
  });

  test('the same key twice: the last wins', () => {
    const text =
      'Progress: 1/4\nETA: 3 min\nStatus: RUNNING\nJob: a\nProgress: 2/4\nETA: 2 min\nStatus: FAILED\nJob: b\n';
    expect(read(text, 'completed', 'etaSeconds', 'status', 'job')).toEqual({
      completed: 2,
      etaSeconds: 120,
      status: 'failed',
      job: 'b',
    });
  });

  test('unknown ones are no error', () => {
    expect(
      read('Colour: blue\nhttp://x:80/\n: 5\nProgress: 3/4\n__proto__: 1\n', 'completed', 'problem'),
    ).toEqual({
      completed: 3,
      problem: null,
    });
  });

  test.each([
    ['CRLF', 'Progress: 3/4\r\nJob: x\r\n'],
    ['CR alone', 'Progress: 2/4\rProgress: 3/4\rJob: x\r'],
    ['a byte-order mark', '\ufeffProgress: 3/4\nJob: x\n'],
    ['spaces around', '\t  Progress:   3/4  \n\n   Job:\tx  \n'],
    ['no newline at the end', 'Job: x\nProgress: 3/4'],
    ['colours', '\u001b[1;32mProgress\u001b[0m: \u001b[31m3\u001b[0m/4\n\u001b]0;title\u0007Job: x\n'],
    ['8-bit colours', '\u009b32mProgress:\u009b0m 3/4\nJob: x'],
    ['bidirectional controls', '\u202eProgress\u202c: 3\u200f/4\nJob: \u2066x\u2069'],
  ])('%s make no difference', (_name, text) => {
    expect(read(text, 'completed', 'total', 'job', 'problem')).toEqual({
      completed: 3,
      total: 4,
      job: 'x',
      problem: null,
    });
  });
});

describe('Progress', () => {
  test.each([
    ['12000/30000 (40.0%)', 12_000, 30_000, 40],
    ['12,000/30,000', 12_000, 30_000, 40],
    ['1,234,567 / 2,469,134 (50.0%)', 1_234_567, 2_469_134, 50],
    ['12_000/30_000', 12_000, 30_000, 40],
    ["12'000/30'000", 12_000, 30_000, 40],
    ['12\u202f000/30\u202f000', 12_000, 30_000, 40],
    ['12000/30000', 12_000, 30_000, 40],
    ['12000/30000 samples (40.0%)', 12_000, 30_000, 40],
    ['12000/30000 [40.0%]', 12_000, 30_000, 40],
    ['12000/30000, 40.0%', 12_000, 30_000, 40],
    ['12000/30000 16.2 it/s', 12_000, 30_000, 40],
    ['12000/30000 (gpu 93%)', 12_000, 30_000, 40],
    ['12000 of 30000', 12_000, 30_000, 40],
    ['[12000/30000]', 12_000, 30_000, 40],
    ['40.0% (12000/30000)', 12_000, 30_000, 40],
    [' 40%|████      | 12000/30000 [12:18<18:24, 16.2it/s]', 12_000, 30_000, 40],
    ['[=====>    ] 12000/30000', 12_000, 30_000, 40],
    ['12000.0/30000.0', 12_000, 30_000, 40],
    ['2000/30000 (6.7%)', 2000, 30_000, 6.6],
    ['2000/30000 (6.66%)', 2000, 30_000, 6.6],
    ['2000/30000 (6,7%)', 2000, 30_000, 6.6],
    ['29999/30000 (100.0%)', 29_999, 30_000, 99.9],
    ['30000/30000 (100%)', 30_000, 30_000, 100],
    ['12000', 12_000, null, null],
    ['12000 samples', 12_000, null, null],
    ['12000/?', 12_000, null, null],
    ['12000/unknown', 12_000, null, null],
    ['0/0', 0, 0, null],
    ['0/0 (100%)', 0, 0, null],
    ['0/5', 0, 5, 0],
    ['9007199254740991/9007199254740991', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 100],
    ['40%', null, null, 40],
    ['40.07 %', null, null, 40],
    ['unknown', null, null, null],
  ])('"%s" is read without a word', (value, completed, total, percent) => {
    expect(read(`Progress: ${value}\n`, 'status', 'completed', 'total', 'percent', 'problem')).toEqual({
      status: 'running',
      completed,
      total,
      percent,
      problem: null,
    });
  });

  test.each([
    ['12000/30000 (41.0%)', 12_000, 30_000, 40],
    ['12000/30000 (39.8%)', 12_000, 30_000, 40],
    ['0/5 (100%)', 0, 5, 0],
    ['1040/1000 (104.0%)', 1000, 1000, 100],
    ['5/0', 0, 0, null],
    ['104%', null, null, 100],
    ['-5/100', null, 100, null],
    ['5/-100', 5, null, null],
    ['-5', null, null, null],
    ['-5%', null, null, null],
    ['9007199254740993/9007199254740993 (100.0%)', null, null, null],
    [`${'9'.repeat(400)}/7`, null, 7, null],
    ['9'.repeat(5000), null, null, null],
    ['3.5/10 (35.0%)', null, 10, 35],
    ['12.000/30.000', null, null, null],
    ['1,5/2', null, 2, null],
    ['12,00,0/30', null, 30, null],
    ['1e3/1e4', null, null, null],
    ['0x10/0x20', null, null, null],
    ['12k/30k', null, null, null],
    ['12/30k', null, null, null],
    ['12 000/30 000', null, null, null],
    ['1/30 000', null, null, null],
    ['12/30/2026', null, null, null],
    ['about 5', null, null, null],
  ])('"%s" is told, and never a made-up number', (value, completed, total, percent) => {
    expect(read(`Progress: ${value}\n`, 'status', 'completed', 'total', 'percent', 'problem')).toEqual({
      status: 'running',
      completed,
      total,
      percent,
      problem: someText,
    });
  });

  test('each thing that is wrong is told once', () => {
    expect(parseProgress('Progress: 1040/1000 (104.0%)\n').problem).toBe(
      'Progress is above its total, 1040 of 1000, and is shown as it.',
    );
    expect(parseProgress('Progress: 1/3 (40.0%)\n').problem).toBe('40% is written, but 1 of 3 is 33.3%.');
  });

  test('a later Progress line without a number does not undo the one before it, and is told', () => {
    expect(read('Progress: 5/10\nProgress: saving\n', 'completed', 'total', 'problem')).toEqual({
      completed: 5,
      total: 10,
      problem: someText,
    });
  });

  test.each([
    ['Progress: 11000/30000 (36.6%)\nProgress: 120', 11_000],
    ['Progress: 11000/30000 (36.6%)\nProgress: 12000/3', 11_000],
    ['Progress: 11000/30000 (36.6%)\nProgress: 12000/30000', 11_000],
    ['Progress: 11000/30000 (36.6%)\nProgress: 12000/30000 (4', 11_000],
    ['Progress: 11000/30000 (36.6%)\nProgress: ', 11_000],
    ['Progress: 11000/30000\nProgress: 12000/3', 11_000],
    ['Progress: 11000\nProgress: 12', 11_000],
    ['Progress: 11000\nProgress: 12000', 12_000],
    ['Progress: 11000/30000\nProgress: 12000/30000', 12_000],
    ['Progress: 11000/30000 (36.6%)\nProgress: 12000/30000 (40.0%)', 12_000],
    ['Progress: 11000/30000 (36.6%)\nProgress: 120\n', 120],
    ['Progress: 120', 120],
  ])(
    'of a log being appended to, a half-written last line is not taken for a number: %j',
    (text, completed) => {
      expect(read(text, 'completed', 'problem')).toEqual({ completed, problem: null });
    },
  );
});

describe('times', () => {
  test('are seconds, rounded to a tenth; unknown is null without a word', () => {
    const text = 'Progress: 1/2\nElapsed: 1:02:03.46\nETA: N/A\nAt risk: -0.1 min\n';
    expect(read(text, 'elapsedSeconds', 'etaSeconds', 'atRiskSeconds', 'problem')).toEqual({
      elapsedSeconds: 3723.5,
      etaSeconds: null,
      atRiskSeconds: 0,
      problem: null,
    });
  });

  test('what is no time is null, and told', () => {
    const text = 'Progress: 1/2\nElapsed: 90\nETA: soon\n';
    expect(read(text, 'elapsedSeconds', 'etaSeconds', 'problem')).toEqual({
      elapsedSeconds: null,
      etaSeconds: null,
      problem: 'Elapsed "90" is not understood; ETA "soon" is not understood.',
    });
  });

  test('a half-written one gives way to the one before it', () => {
    expect(read('Progress: 1/2\nETA: 18.4 min\nETA: 18', 'etaSeconds', 'problem')).toEqual({
      etaSeconds: 1104,
      problem: null,
    });
  });

  test.each([
    ['2026-11-23T12:34:56.789Z', '2026-11-23T12:34:56.789Z', false],
    ['2026-01-25 12:34:56.789012', '2026-01-25T12:34:56.789', true],
    ['2026-01-25 12:34:56', '2026-01-25T12:34:56.000', true],
    ['2026-01-25T12:34:56+02:00', '2026-01-25T10:34:56.000Z', false],
    ['never', null, false],
  ])('Last update %s', (value, lastUpdate, lastUpdateIsLocal) => {
    expect(
      read(`Progress: 1/2\nLast update: ${value}\n`, 'lastUpdate', 'lastUpdateIsLocal', 'problem'),
    ).toEqual({ lastUpdate, lastUpdateIsLocal, problem: null });
  });

  test.each(['12:34:56', 'yesterday', '2026-02-30 12:00:00', '2026-01-25'])(
    'Last update "%s" is null, and told',
    (value) => {
      expect(
        read(`Progress: 1/2\nLast update: ${value}\n`, 'lastUpdate', 'lastUpdateIsLocal', 'problem'),
      ).toEqual({ lastUpdate: null, lastUpdateIsLocal: false, problem: someText });
    },
  );
});

describe('the other lines', () => {
  test.each([
    ['6 saved, last checkpoint_10000.npz at 2026-11-23T12:34:12.000Z', 6, 'checkpoint_10000.npz'],
    ['6 saved, last a at b at 2026-11-23T12:34:12.000Z', 6, 'a at b'],
    ['1,200 saved, last x.npz', 1200, 'x.npz'],
    ['6 saved', 6, null],
    ['last x.pt at 2026-11-23T12:34:12Z', null, 'x.pt'],
    ['ckpt/epoch_5.pt', null, 'ckpt/epoch_5.pt'],
    ['', null, null],
  ])('Checkpoint: %s', (value, checkpoints, lastCheckpoint) => {
    expect(read(`Progress: 1/2\nCheckpoint: ${value}\n`, 'checkpoints', 'lastCheckpoint', 'problem')).toEqual(
      {
        checkpoints,
        lastCheckpoint,
        problem: null,
      },
    );
  });

  test.each([
    ['340', 340, null],
    ['1,340 samples', 1340, null],
    ['unknown', null, null],
    ['', null, null],
    ['-3', null, someText],
    ['3.5', null, someText],
    ['340/2000', null, someText],
    ['3 400', null, someText],
    ['9007199254740992', null, someText],
    ['many', null, someText],
  ])('In flight: %s', (value, inFlight, problem) => {
    expect(read(`Progress: 1/2\nIn flight: ${value}\n`, 'inFlight', 'problem')).toEqual({
      inFlight,
      problem,
    });
  });

  test('texts are cleaned and capped', () => {
    const text = `Progress: 1/2\nJob: \u001b[31ma\u0007\tb\u202e\nHost: ${'x'.repeat(500)}\nMessage: <b>&amp;</b>\nUnit: \u0000`;
    expect(read(text.replace('\u0000', '\u0001'), 'job', 'host', 'message', 'unit')).toEqual({
      job: 'a b',
      host: `${'x'.repeat(199)}…`,
      message: '<b>&amp;</b>',
      unit: null,
    });
  });
});

describe('unreadable', () => {
  test.each([
    ['nothing', '', /empty/],
    ['white space', ' \r\n\t\n', /empty/],
    ['a byte-order mark alone', '\ufeff', /empty/],
    ['a picture', '\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR', /not text/],
    ['UTF-16', 'P\0r\0o\0g\0r\0e\0s\0s\0:\0 \x001\0/\x002\0', /not text/],
    ['a file that lost its blocks', 'Progress: 1/2\n\0\0\0\0', /not text/],
    ['bytes that are no UTF-8', 'ab\ufffd\ufffdc\ufffd\ufffdd', /not text/],
    ['prose', 'Once upon a time: a job.\nThe end.\n', /no Progress line/],
    [
      'prose with a letter in another encoding',
      'Once upon a time there was M\ufffdller.\n',
      /no Progress line/,
    ],
    ['an unknown Status alone', 'Status: fine', /no known Status/],
    ['other keys alone', 'Job: x\nHost: y\n', /no Progress line/],
    [
      'a Progress without any number',
      'Progress: \u001b[31mbanana\nETA: 5 min',
      /no number in its Progress, "banana"/,
    ],
    ['the word in other forms', 'INCOMPLETE\ncomplete\nCOMPLETED\nINCOMPLETE!\n', /no COMPLETE/],
  ])('%s', (_name, text, reason) => {
    const progress = parseProgress(text);
    expect(progress.problem).toMatch(reason);
    expect(progress).toEqual(unreadableProgress(progress.problem ?? ''));
    expect(progressSchema.strict().parse(progress)).toEqual(progress);
  });

  test('a few characters of another encoding do not make it unreadable', () => {
    expect(read('Progress: 1/2\nJob: M\ufffdller\n', 'completed', 'job', 'problem')).toEqual({
      completed: 1,
      job: 'M\ufffdller',
      problem: null,
    });
  });

  test('the reason is cleaned', () => {
    expect(unreadableProgress('a\n\u001b[31mb').problem).toBe('a b');
  });
});

describe('a percent that is written without decimals', () => {
  test.each(['Progress: 1/3 (33%)', 'Progress: 1/3 (34%)', 'Progress: 2/3 (66%)', 'Progress: 2/3 (67%)'])(
    '%s is no problem: it was rounded one way or the other',
    (text) => {
      expect(parseProgress(`${text}\n`).problem).toBeNull();
    },
  );

  test('is told where it can be no rounding', () => {
    expect(parseProgress('Progress: 1/3 (36%)\n')).toMatchObject({
      percent: 33.3,
      problem: expect.any(String),
    });
  });
});
