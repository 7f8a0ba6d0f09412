import { encodeRecordLine } from '@milepost/shared/recordLine';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import * as inputs from './inputs.ts';
import { askPython } from './python.ts';
import { SIDES } from './sides.ts';

// The same inputs for both sides, made by chance: what one answers the other must answer.

// The same for everybody, so that a run of the tests depends on nothing but the code; by chance in the long form.
const chosen = process.env['MILEPOST_SEED'] ?? (process.env['MILEPOST_LONG'] ? `${Date.now()}` : '20261124');
const seed = Number(chosen) % 2 ** 31;
beforeAll(() => console.log(`MILEPOST_SEED=${seed} repeats these inputs.`));

/** A ledger as crashes, editors and bad disks leave it. */
const ledgerFile = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: inputs.entry.map((entry) => encodeRecordLine(entry)) },
        inputs.record.map((record) => encodeRecordLine(record)),
        fc.tuple(inputs.entry, fc.nat()).map(([entry, at]) => flipped(encodeRecordLine(entry), at)),
        inputs.entry.map((entry) => encodeRecordLine(entry).replace('\n', '\r\n')),
        inputs.entry.map((entry) => encodeRecordLine({ ...entry, version: 2 })),
        inputs.entry.map((entry) => encodeRecordLine({ ...entry, count: 0 })),
        inputs.entry.map((entry) => encodeRecordLine({ ...entry, file: '../x' })),
        inputs.entry.map((entry) => `${JSON.stringify(entry)}\n`),
        fc.constantFrom('\n', '\r\n', 'x'.repeat(70_000), `${'x'.repeat(70_000)}\n`, '\0\0\0\0'),
      ),
      { maxLength: 8 },
    ),
    fc.nat(),
    fc.boolean(),
  )
  .map(([lines, at, torn]) => {
    const text = lines.join('');
    return Buffer.from(torn ? text.slice(0, at % (text.length + 1)) : text, 'latin1').toString('base64');
  });

function flipped(line: string, at: number): string {
  const place = at % line.length;
  return `${line.slice(0, place)}${String.fromCharCode(line.charCodeAt(place) ^ 1)}${line.slice(place + 1)}`;
}

const runRecord = fc.oneof(
  fc.record({
    version: fc.constant(1),
    kind: fc.constantFrom('start', 'end'),
    run: fc.constantFrom(0, 1, 2, 1.5),
    runId: fc.constantFrom('12345678', 'short'),
    at: fc.constant('2026-11-23T12:34:56.789Z'),
    process: fc.record({
      host: inputs.anyText,
      bootId: fc.constantFrom(null, 'x', 3),
      pid: fc.constantFrom(1, 0, 77),
      startTime: fc.constantFrom(null, '123'),
      pidNamespace: fc.constantFrom(null, 'pid:[1]'),
    }),
    agent: fc.constantFrom('0.1.0', '0.1.0 (python)'),
    outcome: fc.constantFrom('complete', 'failed', 'running'),
    reason: fc.option(inputs.anyText, { nil: null }),
  }),
  inputs.record,
);
const runsFile = fc
  .array(runRecord, { maxLength: 6 })
  .map((records) =>
    Buffer.from(records.map((one) => encodeRecordLine(one)).join(''), 'latin1').toString('base64'),
  );

const GENERATED: Readonly<Record<string, readonly [arbitrary: fc.Arbitrary<unknown>, count: number]>> = {
  recordLine: [inputs.record, 400],
  json: [inputs.record, 400],
  ledgerFile: [ledgerFile, 80],
  runsFile: [runsFile, 60],
  mended: [ledgerFile, 20],
  current: [inputs.entries, 300],
  cleanText: [inputs.anyText, 1500],
  progress: [fc.oneof(inputs.report, inputs.report, inputs.brokenReport), 1500],
  rate: [
    fc.record({
      perSecond: fc.oneof(inputs.perSecond, fc.double()),
      unit: fc.constantFrom(null, '', 'samples'),
    }),
    2000,
  ],
  cadence: [inputs.cadence, 500],
  nextBatch: [inputs.plan, 1500],
  sizeForTime: [inputs.sizing, 1500],
  id: [inputs.jobName, 800],
  fileName: [fc.oneof(inputs.name, fc.constantFrom(3, null)), 800],
  basis: [inputs.entries, 50],
  folder: [inputs.tree, 25],
  choose: [inputs.choice, 1000],
  units: [fc.oneof(fc.nat(), fc.maxSafeNat()), 500],
};

describe('both sides answer the same', () => {
  test.each(Object.keys(GENERATED))('%s', async (name) => {
    const [arbitrary, count] = GENERATED[name] ?? [fc.constant(null), 0];
    const given = fc.sample(arbitrary, { seed, numRuns: count });
    const theirs = await askPython(given.map((one) => [name, one] as const));
    expect(theirs).toHaveLength(count);
    for (const [at, one] of given.entries()) {
      const ours: unknown = await SIDES[name]?.(one);
      // As it comes out of JSON: Python writes it so.
      expect(theirs[at], JSON.stringify(one)).toEqual(JSON.parse(JSON.stringify(ours)));
    }
  });

  test('eta, to the last digits but some', async () => {
    const given = fc.sample(inputs.trace, { seed, numRuns: 400 });
    const theirs = await askPython(given.map((one) => ['eta', one] as const));
    let known = 0;
    for (const [at, one] of given.entries()) {
      // As it comes out of JSON: what is beyond all numbers is none.
      const ours: unknown = JSON.parse(JSON.stringify(await SIDES['eta']?.(one)));
      const message = JSON.stringify(one);
      for (const key of ['etaSeconds', 'itemsPerSecond'] as const) {
        const [a, b] = [numberAt(ours, key), numberAt(theirs[at], key)];
        if (a === null || b === null) expect(b, message).toBe(a);
        else expect(Math.abs(a - b), message).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(a)));
        if (a !== null) known += 1;
      }
    }
    expect(known).toBeGreaterThan(200);
  });
});

function numberAt(answer: unknown, key: string): number | null {
  if (typeof answer !== 'object' || answer === null) throw new Error('no answer');
  const value: unknown = Object.entries(answer).find(([name]) => name === key)?.[1];
  if (value === null || typeof value === 'number') return value;
  throw new Error(`${key} is ${String(value)}`);
}
