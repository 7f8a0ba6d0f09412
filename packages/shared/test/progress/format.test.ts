import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProgress, formatRate, MAX_FILE_BYTES } from '../../src/progress/format.ts';
import { percentOf } from '../../src/progress/progress.ts';
import { agentReport, anyReport, bareReport, brokenReport } from './reports.ts';

describe('formatProgress', () => {
  test('writes the agreed example byte for byte', () => {
    const example = readFileSync(new URL('../fixtures/progress/agent.txt', import.meta.url), 'utf8');
    expect(formatProgress(agentReport)).toBe(example);
  });

  test('writes a finished job as people look for it', () => {
    const text = formatProgress({ ...bareReport, status: 'complete', completed: 30_000, etaSeconds: 5 });
    expect(text).toBe(
      'Progress: 30000/30000 (100%)\nElapsed: 12.3 min\nETA: 0.0 min\nLast update: 2026-11-23T12:34:56.789Z\nStatus: COMPLETE\n',
    );
  });

  test('writes a job at its total that still merges as running, with its stage', () => {
    const text = formatProgress({ ...bareReport, completed: 30_000, etaSeconds: 2, stage: 'merging' });
    expect(text).toMatch(/^Progress: 30000\/30000 \(100\.0%\)\n/);
    expect(text).toMatch(/\nETA: 0\.0 min\n/);
    expect(text).toMatch(/\nStatus: RUNNING\nStage: merging\n$/);
  });

  test('writes no percent where the total is unknown or 0', () => {
    expect(formatProgress({ ...bareReport, total: null })).toMatch(/^Progress: 12000\n/);
    expect(formatProgress({ ...bareReport, completed: 0, total: 0 })).toMatch(/^Progress: 0\/0\n/);
  });

  test('writes an ETA without a basis as unknown', () => {
    expect(formatProgress(bareReport)).toContain('\nETA: unknown\n');
  });

  test('rounds percent down', () => {
    expect(formatProgress({ ...bareReport, completed: 29_999 })).toMatch(
      /^Progress: 29999\/30000 \(99\.9%\)\n/,
    );
    expect(formatProgress({ ...bareReport, completed: 2000 })).toMatch(/^Progress: 2000\/30000 \(6\.6%\)\n/);
  });

  test('leaves out the lines of what is not known, or empty once cleaned', () => {
    const lines = formatProgress({ ...bareReport, job: ' \u001b[0m\n', host: '' }).split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'Progress',
      'Elapsed',
      'ETA',
      'Last update',
      'Status',
      '',
    ]);
  });

  test('writes the lines in one order', () => {
    const keys = formatProgress({ ...agentReport, stage: 'merging' }).match(/^[^:]+(?=: )/gm);
    expect(keys).toEqual(
      'Progress,Elapsed,ETA,Last update,Status,Stage,Job,Unit,Rate,Checkpoint,In flight,At risk,Runs,Host,Message'.split(
        ',',
      ),
    );
  });

  test.each([
    [6, { name: 'a.npz', at: '2026-11-23T12:34:12.000Z' }, '6 saved, last a.npz at 2026-11-23T12:34:12.000Z'],
    [6, null, '6 saved'],
    [0, null, '0 saved'],
    [null, { name: 'a.pt', at: '2026-11-23T12:34:12.000Z' }, 'last a.pt at 2026-11-23T12:34:12.000Z'],
    [6, { name: '\n', at: '2026-11-23T12:34:12.000Z' }, '6 saved'],
    [6, { name: 'a.npz', at: 'yesterday' }, '6 saved, last a.npz at unknown'],
  ])('checkpoints %j, last %j: "%s"', (checkpoints, lastCheckpoint, line) => {
    expect(formatProgress({ ...bareReport, checkpoints, lastCheckpoint })).toContain(
      `\nCheckpoint: ${line}\n`,
    );
  });

  test.each([
    ['queued', 'QUEUED'],
    ['running', 'RUNNING'],
    ['complete', 'COMPLETE'],
    ['failed', 'FAILED'],
    ['interrupted', 'INTERRUPTED'],
    ['stopped', 'STOPPED'],
  ] as const)('status %s is %s', (status, word) => {
    expect(formatProgress({ ...bareReport, status })).toContain(`\nStatus: ${word}\n`);
  });

  test('the capital word is in the text if and only if the job is complete', () => {
    fc.assert(
      fc.property(fc.oneof(anyReport(), brokenReport), (report) => {
        const text = formatProgress(report);
        expect(text.includes('COMPLETE')).toBe(report.status === 'complete');
        expect(text.split('COMPLETE').length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 1000 },
    );
  });

  test('every other word stays as it is, also around the lower-cased one', () => {
    const text = formatProgress({
      ...bareReport,
      message: 'INCOMPLETE, UNCOMPLETED; COMPLETELY',
      host: 'COMPLETE',
    });
    expect(text).toContain('\nMessage: INcomplete, UNcompleteD; completeLY\n');
    expect(text).toContain('\nHost: complete\n');
  });

  test('whatever the values, each line is a key and a value without controls, and the first four are in order', () => {
    fc.assert(
      fc.property(fc.oneof(anyReport(), brokenReport), (report) => {
        const text = formatProgress(report);
        expect(text).toMatch(
          /^Progress: (\d+(\/\d+( \(\d+(\.\d)?%\))?)?|unknown(\/\d+)?)\nElapsed: (\d+\.\d min|unknown)\nETA: (\d+\.\d min|unknown)\nLast update: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|unknown)\nStatus: [A-Z]+\n/,
        );
        for (const line of text.slice(0, -1).split('\n')) {
          expect(line).toMatch(/^[A-Z][a-zA-Z ]+: \S/);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
        }
        expect(text.endsWith('\n')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('stays within its size and its 200 characters a text, whatever the values', () => {
    const long = fc
      .tuple(
        fc.constantFrom('x', 'é', '漢', '😀', '\u0301', '\ufffd', 'COMPLETE', '\ud83d'),
        fc.nat({ max: 3000 }),
      )
      .map(([unit, count]) => unit.repeat(count));
    fc.assert(
      fc.property(fc.oneof(anyReport(long), brokenReport), (report) => {
        const text = formatProgress(report);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_FILE_BYTES);
        for (const line of text.match(/^(?:Stage|Job|Unit|Rate|From|Host|Message): .*$/gm) ?? []) {
          expect([...line.slice(line.indexOf(':') + 2)].length).toBeLessThanOrEqual(200);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('at its very largest it is below its size', () => {
    const huge = '😀'.repeat(5000);
    const text = formatProgress({
      status: 'interrupted',
      completed: Number.MAX_SAFE_INTEGER,
      total: Number.MAX_SAFE_INTEGER,
      elapsedSeconds: 31_557_600_000,
      etaSeconds: 31_557_600_000,
      lastUpdate: '9999-12-31T23:59:59.999Z',
      job: huge,
      unit: huge,
      itemsPerSecond: 1e15,
      from: huge,
      checkpoints: Number.MAX_SAFE_INTEGER,
      lastCheckpoint: { name: huge, at: '9999-12-31T23:59:59.999Z' },
      inFlight: Number.MAX_SAFE_INTEGER,
      atRiskSeconds: 31_557_600_000,
      runs: Number.MAX_SAFE_INTEGER,
      host: huge,
      stage: huge,
      message: huge,
    });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_FILE_BYTES);
    expect(text).toMatch(/\n(Message: )(😀){199}…\n$/u);
    for (const [key, bytes] of Object.entries({ Stage: 200, Job: 600, Unit: 300, From: 200, Host: 600 })) {
      const value = new RegExp(`^${key}: (😀+…)$`, 'mu').exec(text)?.[1] ?? '';
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(bytes);
      expect(Buffer.byteLength(value)).toBeGreaterThan(bytes - 5);
    }
  });

  test('a text of 200 plain characters is not cut, whatever else is in the file', () => {
    const plain = '漢'.repeat(200);
    const text = formatProgress({ ...agentReport, job: plain, host: plain, message: plain });
    expect(text.split(plain).length).toBe(4);
  });
});

describe('formatRate', () => {
  test.each([
    [16.2, 'samples', '16.2 samples/s'],
    [1, 'samples', '1.00 samples/s'],
    [1.624, 'samples', '1.62 samples/s'],
    [16, 'samples', '16.0 samples/s'],
    [999.6, 'samples', '1000 samples/s'],
    [1234.5, 'samples', '1230 samples/s'],
    [1_234_567, 'samples', '1230000 samples/s'],
    [0.5, 'frames', '30.0 frames/min'],
    [0.99999, 'frames', '60.0 frames/min'],
    [1 / 60, 'frames', '1.00 frames/min'],
    [1 / 3600, 'epochs', '1.00 epochs/h'],
    [0.2 / 3600, 'epochs', '0.200 epochs/h'],
    [0, 'epochs', '0 epochs/s'],
    [2, null, '2.00 items/s'],
    [2, '', '2.00 items/s'],
  ])('%d %s per second: %s', (rate, unit, text) => expect(formatRate(rate, unit)).toBe(text));

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e-12, 1e300, null])('%d is no rate to show', (rate) =>
    expect(formatRate(rate, 'x')).toBeNull(),
  );

  test('has three significant digits, and at least 1 where a unit of time allows it', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (rate) => {
        const [, amount = '', per = ''] = /^([\d.]+) x\/(s|min|h)$/.exec(formatRate(rate, 'x') ?? '') ?? [];
        const perSecond = Number(amount) / ({ s: 1, min: 60, h: 3600 }[per] ?? Number.NaN);
        expect(Math.abs(perSecond - rate) / rate).toBeLessThanOrEqual(0.00501);
        expect(amount.replace('.', '').replace(/^0+/, '')).toMatch(/^\d{3}0*$/);
        if (per !== 'h') expect(Number(amount)).toBeGreaterThanOrEqual(1);
        if (per !== 's') expect(Number(amount)).toBeLessThanOrEqual(60);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('percentOf', () => {
  test('is the floor of whole tenths, exactly, up to 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
        const [completed, total] = [Math.min(one, other), Math.max(one, other, 1)];
        const tenths = Math.round((percentOf(completed, total) ?? Number.NaN) * 10);
        expect(BigInt(tenths)).toBe((1000n * BigInt(completed)) / BigInt(total));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    [57, 100, 57],
    [2000, 30_000, 6.6],
    [29_999, 30_000, 99.9],
    [9_007_199_254_740_990, 9_007_199_254_740_991, 99.9],
    [9_007_199_254_740_991, 9_007_199_254_740_991, 100],
    [1040, 1000, 100],
    [0, 7, 0],
    [0, 0, null],
    [5, null, null],
    [null, 5, null],
    [-5, 10, null],
    [0.5, 10, null],
    [Number.NaN, 10, null],
  ])('of %d of %d is %d', (completed, total, percent) => expect(percentOf(completed, total)).toBe(percent));
});
