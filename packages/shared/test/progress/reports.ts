import fc from 'fast-check';
import type { ProgressReport } from '../../src/progress/progress.ts';
import { hostileText } from '../hostileText.ts';

/** The report behind fixtures/progress/agent.txt. */
export const agentReport: ProgressReport = {
  status: 'running',
  completed: 12_000,
  total: 30_000,
  elapsedSeconds: 738,
  etaSeconds: 1104,
  lastUpdate: '2026-11-23T12:34:56.789Z',
  job: 'dataset',
  unit: 'samples',
  itemsPerSecond: 16.2,
  from: null,
  checkpoints: 6,
  lastCheckpoint: { name: 'checkpoint_10000.npz', at: '2026-11-23T12:34:12.000Z' },
  inFlight: 340,
  atRiskSeconds: 42,
  runs: 2,
  host: 'ip-10-0-3-17',
  stage: null,
  message: 'resumed after an interruption',
};

/** Nothing but what every job knows. */
export const bareReport: ProgressReport = {
  ...agentReport,
  etaSeconds: null,
  job: null,
  unit: null,
  itemsPerSecond: null,
  checkpoints: null,
  lastCheckpoint: null,
  inFlight: null,
  atRiskSeconds: null,
  runs: null,
  host: null,
  message: null,
};

const items = fc.oneof(fc.nat(), fc.maxSafeNat());
const seconds = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ min: 0, max: 3e10, noNaN: true }),
);
const moment = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** What stands for something else in the file, and may be the beginning of a name all the same. */
const confusing = fc.constantFrom(
  'COMPLETE',
  'INCOMPLETE',
  'Job COMPLETE at 12:00',
  'COMPCOMPLETELETE',
  'COMP\u001b[0mLETE',
  'COMP\u202eLETE',
  'Status: COMPLETE',
  'x\nStatus: COMPLETE\n',
  'x\r\nProgress: 7/7 (100%)',
  'unknown',
  'null',
  ': x',
  '6 saved',
  '6 saved, last x at 2026-11-23T12:34:12.000Z',
  'last x',
  'x at unknown',
  'x at 2026-11-23T12:34:12.000Z',
  '\ufeffname',
  '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd',
  '"quoted"',
);

/** Free text as it may come from anywhere; short enough that nothing is cut for its bytes. */
export const freeText = fc
  .oneof(
    hostileText,
    confusing,
    fc.tuple(confusing, hostileText).map(([one, other]) => one + other),
  )
  .map((text) => [...text].slice(0, 48).join(''));

/** Any report that keeps to the types' promises: whole numbers, times from 0 on, UTC. */
export function anyReport(text: fc.Arbitrary<string> = freeText): fc.Arbitrary<ProgressReport> {
  const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  return fc.record({
    status: fc.constantFrom('queued', 'running', 'complete', 'failed', 'interrupted', 'stopped'),
    completed: nullable(items),
    total: nullable(items),
    elapsedSeconds: seconds,
    etaSeconds: nullable(seconds),
    lastUpdate: moment,
    job: nullable(text),
    unit: nullable(text),
    itemsPerSecond: nullable(fc.double({ min: 0, max: 1e9, noNaN: true })),
    from: nullable(text),
    checkpoints: nullable(items),
    lastCheckpoint: nullable(fc.record({ name: text, at: moment })),
    inFlight: nullable(items),
    atRiskSeconds: nullable(seconds),
    runs: nullable(items),
    host: nullable(text),
    stage: nullable(text),
    message: nullable(text),
  });
}

/** Numbers and dates that a bug could put into a report. */
export const brokenReport: fc.Arbitrary<ProgressReport> = fc
  .tuple(
    anyReport(),
    fc.double(),
    fc.double(),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('2026-01-25 12:00:00', '2026-13-01T00:00:00Z', 'COMPLETE'),
    ),
  )
  .map(([report, number, other, date]) => ({
    ...report,
    completed: number,
    total: report.total === null ? null : other,
    elapsedSeconds: other,
    etaSeconds: number,
    itemsPerSecond: other,
    checkpoints: number,
    inFlight: other,
    atRiskSeconds: number,
    runs: other,
    lastUpdate: date,
    lastCheckpoint: report.lastCheckpoint === null ? null : { name: report.lastCheckpoint.name, at: date },
  }));
