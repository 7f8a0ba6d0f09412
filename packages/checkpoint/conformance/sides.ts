import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseCadence } from '@milepost/shared/duration';
import { estimateEta } from '@milepost/shared/eta';
import { cadenceSchema, fileNameSchema, idFromName, runRecordSchema } from '@milepost/shared/job';
import { currentEntries, ledgerEntrySchema } from '@milepost/shared/ledger';
import { foundCheckpointSchema, processTrySchema } from '@milepost/shared/processRecord';
import { formatProgress, formatRate } from '@milepost/shared/progress/format';
import type { ProgressReport } from '@milepost/shared/progress/progress';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { cleanText } from '@milepost/shared/text';
import { z } from 'zod';
import { inUnits } from '../src/diskForecast.ts';
import { sealOutput, sizeOfOutput } from '../src/durable.ts';
import { mergeBasis } from '../src/merge.ts';
import { checkpointName } from '../src/paths.ts';
import { nextBatch, sizeForTime } from '../src/plan.ts';
import { chooseCheckpoint } from '../src/process/chooseCheckpoint.ts';
import { openRecordFile, readRecordFile } from '../src/recordFile.ts';

// What both sides must do alike: each operation by the TypeScript side, under the name by which side.py has it.

const range = z.object({ first: z.number(), count: z.number() });
const nullableText = z.string().nullable();
const nullableNumber = z.number().nullable();

const reportSchema: z.ZodType<ProgressReport> = z.object({
  status: z.enum(['queued', 'running', 'complete', 'failed', 'interrupted', 'stopped']),
  completed: nullableNumber,
  total: nullableNumber,
  elapsedSeconds: z.number(),
  etaSeconds: nullableNumber,
  lastUpdate: z.string(),
  job: nullableText,
  unit: nullableText,
  itemsPerSecond: nullableNumber,
  from: nullableText,
  checkpoints: nullableNumber,
  lastCheckpoint: z.object({ name: z.string(), at: z.string() }).nullable(),
  inFlight: nullableNumber,
  atRiskSeconds: nullableNumber,
  runs: nullableNumber,
  host: nullableText,
  stage: nullableText,
  message: nullableText,
});

/** Any number, also those that are none. */
const anyNumber = z.custom<number>((value) => typeof value === 'number');

type Side = (given: unknown) => unknown;

function side<T>(schema: z.ZodType<T>, work: (given: T) => unknown): Side {
  return (given) => work(schema.parse(given));
}

async function inFile<T>(raw: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'milepost-test-'));
  try {
    await writeFile(join(folder, 'file'), Buffer.from(raw, 'base64'));
    return await work(join(folder, 'file'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function recordFile<T>(schema: z.ZodType<T>): Side {
  return side(z.string(), (raw) =>
    inFile(raw, async (path) => {
      const { records, damaged, torn, newer } = await readRecordFile(path, schema);
      return { records, damaged: damaged.map(({ line }) => line), torn, newer: newer !== null };
    }),
  );
}

export const SIDES: Readonly<Record<string, Side>> = {
  recordLine: side(z.record(z.string(), z.unknown()), encodeRecordLine),
  json: (given) => JSON.stringify(given, null, 2),
  ledgerFile: recordFile(ledgerEntrySchema),
  runsFile: recordFile(runRecordSchema),
  mended: side(z.string(), (raw) =>
    inFile(raw, async (path) => {
      const file = await openRecordFile(path);
      await file.append({ version: 1 });
      await file.close();
      return (await readFile(path)).toString('base64');
    }),
  ),
  current: side(z.array(ledgerEntrySchema), currentEntries),
  cleanText: side(z.string(), (text) => cleanText(text)),
  // Parsing would refuse what a bug could put into a report: whoever writes it must not.
  progress: (given) => formatProgress(reportSchema.safeParse(given).data ?? brokenReport(given)),
  rate: side(z.object({ perSecond: anyNumber.nullable(), unit: nullableText }), ({ perSecond, unit }) =>
    formatRate(perSecond, unit),
  ),
  cadence: side(z.string(), (text) => {
    const result = parseCadence(text);
    return result.kind === 'ok' ? result.cadence : null;
  }),
  nextBatch: side(
    z.object({
      total: z.number(),
      every: cadenceSchema,
      taken: z.array(range),
      redo: z.array(range),
      nextCount: z.number(),
    }),
    (given) => nextBatch(given) ?? null,
  ),
  sizeForTime: side(
    z.object({
      total: z.number(),
      seconds: z.number(),
      timings: z.array(z.object({ count: z.number(), seconds: z.number() })),
    }),
    ({ total, seconds, timings }) => sizeForTime(total, seconds, timings),
  ),
  eta: side(
    z.object({
      committed: z.array(z.object({ count: z.number(), seconds: z.number(), run: z.number() })),
      running: z.array(z.object({ count: z.number(), seconds: z.number(), done: nullableNumber })).max(1),
      remaining: z.number(),
      every: cadenceSchema,
    }),
    (given) => estimateEta({ ...given, jobs: 1 }),
  ),
  id: side(z.string(), idFromName),
  fileName: (given) => fileNameSchema.safeParse(given).success,
  checkpointName: side(
    z.object({ first: z.number(), width: z.number(), extension: z.string() }),
    ({ first, width, extension }) => checkpointName(first, width, extension),
  ),
  basis: side(z.array(ledgerEntrySchema), mergeBasis),
  folder: side(z.record(z.string(), z.string()), async (files) => {
    const top = await mkdtemp(join(tmpdir(), 'milepost-test-'));
    try {
      for (const [path, raw] of Object.entries(files)) {
        await mkdir(dirname(join(top, path)), { recursive: true });
        await writeFile(join(top, path), Buffer.from(raw, 'base64'));
      }
      const { bytes, sha256 } = await sealOutput(top);
      return { bytes, sha256, size: await sizeOfOutput(top) };
    } finally {
      await rm(top, { recursive: true });
    }
  }),
  units: side(z.number(), inUnits),
  choose: side(
    z.object({
      whole: z.array(foundCheckpointSchema),
      tries: z.array(processTrySchema),
      bootId: z.string().nullable(),
    }),
    ({ whole, tries, bootId }) => {
      const { checkpoint } = chooseCheckpoint(whole, tries, bootId);
      return checkpoint === null ? null : whole.indexOf(checkpoint);
    },
  ),
};

/** A report with numbers and dates that no writer should have: its types hold, its promises don't. */
function brokenReport(given: unknown): ProgressReport {
  const broken = z
    .object({
      ...{ completed: anyNumber.nullable(), total: anyNumber.nullable(), elapsedSeconds: anyNumber },
      ...{ etaSeconds: anyNumber.nullable(), itemsPerSecond: anyNumber.nullable() },
      ...{ checkpoints: anyNumber.nullable(), inFlight: anyNumber.nullable() },
      ...{ atRiskSeconds: anyNumber.nullable(), runs: anyNumber.nullable() },
    })
    .parse(given);
  const rest = reportSchema.parse({
    ...z.record(z.string(), z.unknown()).parse(given),
    ...{ completed: 0, total: 0, elapsedSeconds: 0, etaSeconds: 0, itemsPerSecond: 0 },
    ...{ checkpoints: 0, inFlight: 0, atRiskSeconds: 0, runs: 0 },
  });
  return { ...rest, ...broken };
}
