import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatProgress } from '../../src/progress/format.ts';
import { parseProgress } from '../../src/progress/parse.ts';
import {
  type Progress,
  type ProgressReport,
  percentOf,
  progressSchema,
} from '../../src/progress/progress.ts';
import { cleanText } from '../../src/text.ts';
import { agentReport, anyReport, brokenReport } from './reports.ts';

/** A text as the file keeps it: one clean line without the capital word; nothing where nothing is left. */
function cleaned(text: string | null): string | null {
  const clean = cleanText(text ?? '').replaceAll('COMPLETE', 'complete');
  return clean === '' ? null : clean;
}

/** A time as the file keeps it: minutes with one decimal, so whole multiples of 6 s. */
function inTenthsOfMinute(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds / 6) * 6;
}

/** What a reader must make of a report: the report, cleaned and rounded as the format's description says. */
function cleanReport(report: ProgressReport): Progress {
  const { total } = report;
  const completed =
    report.completed === null || total === null ? report.completed : Math.min(report.completed, total);
  const isComplete = report.status === 'complete';
  const isShort = isComplete && total !== null && completed !== null && completed < total;
  return {
    version: 1,
    status: report.status,
    completed,
    total: report.total,
    percent: percentOf(completed, report.total),
    inFlight: report.inFlight,
    elapsedSeconds: inTenthsOfMinute(report.elapsedSeconds),
    etaSeconds: isComplete ? 0 : inTenthsOfMinute(report.etaSeconds),
    lastUpdate: report.lastUpdate,
    lastUpdateIsLocal: false,
    job: cleaned(report.job),
    unit: cleaned(report.unit),
    // Its digits have tests of their own.
    rateText: report.itemsPerSecond === null ? null : expect.stringMatching(/^[\d.]+ \S.*\/(s|min|h)$/),
    from: cleaned(report.from),
    checkpoints: report.checkpoints,
    lastCheckpoint: cleaned(report.lastCheckpoint?.name ?? null),
    atRiskSeconds: inTenthsOfMinute(report.atRiskSeconds),
    runs: report.runs,
    host: cleaned(report.host),
    stage: cleaned(report.stage),
    message: cleaned(report.message),
    problem: isShort ? expect.stringContaining('complete') : null,
  };
}

test('what is written is read back as the same, cleaned values', () => {
  fc.assert(
    fc.property(anyReport(), (report) => {
      // A rate near 0 has no line.
      const slow =
        report.itemsPerSecond !== null && report.itemsPerSecond < 1e-3 && report.itemsPerSecond > 0;
      const tried = slow ? { ...report, itemsPerSecond: 0.5 } : report;
      expect(parseProgress(formatProgress(tried))).toEqual(cleanReport(tried));
    }),
    { numRuns: 3000 },
  );
});

test('the percent in the file is the percent that is read', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
      const [completed, total] = [Math.min(one, other), Math.max(one, other, 1)];
      const text = formatProgress({ ...agentReport, completed, total });
      const written = /\((\d+\.\d)%\)/.exec(text)?.[1];
      const read = parseProgress(text);
      expect(read.percent?.toFixed(1)).toBe(written);
      expect(read.percent).toBe(percentOf(completed, total));
      expect(read.problem).toBeNull();
    }),
  );
});

test('texts of any length are read back as they stand in the file', () => {
  const long = fc
    .tuple(fc.constantFrom('x', 'é', '漢', '😀', 'a b '), fc.nat(900))
    .map(([unit, count]) => unit.repeat(count));
  fc.assert(
    fc.property(anyReport(long), (report) => {
      const text = formatProgress(report);
      const read = parseProgress(text);
      for (const [key, value] of [
        ['Job', read.job],
        ['Unit', read.unit],
        ['Rate', read.rateText],
        ['From', read.from],
        ['Host', read.host],
        ['Stage', read.stage],
        ['Message', read.message],
      ]) {
        if (value !== null) expect(text).toContain(`\n${key}: ${value}\n`);
        else expect(text).not.toContain(`\n${key}: `);
      }
    }),
  );
});

test('a report with broken numbers is written so that no number is made up', () => {
  fc.assert(
    fc.property(brokenReport, (report) => {
      const read = parseProgress(formatProgress(report));
      expect(progressSchema.strict().parse(read)).toEqual(read);
      expect(read.status).toBe(report.status);
      for (const [value, written] of [
        [read.runs, report.runs],
        [read.inFlight, report.inFlight],
        [read.checkpoints, report.checkpoints],
      ]) {
        if (value !== null) expect(value).toBe((written ?? Number.NaN) + 0); // -0 is written as 0
      }
      if (read.elapsedSeconds !== null)
        expect(Math.abs(read.elapsedSeconds - report.elapsedSeconds)).toBeLessThan(4);
    }),
    { numRuns: 1000 },
  );
});
