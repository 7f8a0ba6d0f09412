import { z } from 'zod';
import { resultSchema } from '../speed/result.ts';

// What was measured last, as it is kept beside the page that is made from it.

const tableSchema = z.object({
  caption: z.string(),
  head: z.array(z.string()),
  rows: z.array(z.array(z.string())),
});
/** A table of its own kind. */
export type Table = z.infer<typeof tableSchema>;

const partMeasuredSchema = z.object({
  results: z.array(resultSchema),
  tables: z.array(tableSchema),
  /** Paragraphs and points in Markdown, below the tables. */
  notes: z.array(z.string()),
  /** Goals beyond those of the results. */
  goals: z.object({ count: z.number().int(), missed: z.array(z.string()) }).optional(),
  /** What couldn't be measured here. */
  unmeasured: z.array(z.object({ what: z.string(), reason: z.string() })),
});
/** What a part of the bench found. */
export type PartMeasured = z.infer<typeof partMeasuredSchema>;

/** To be filled. */
export function emptyPart(): PartMeasured {
  return { results: [], tables: [], notes: [], unmeasured: [] };
}

const runSchema = z.object({
  /** As one would type it. */
  command: z.string(),
  /** When it began; ISO 8601. Tells one run from another, too. */
  at: z.string(),
  cores: z.number().int(),
  cpu: z.string(),
  memoryGib: z.number(),
  os: z.string(),
  disk: z.string(),
  node: z.string(),
  /** Versions of what is measured beside, by name. */
  peers: z.record(z.string(), z.string()),
});
/** One start of the bench: where, when and how. */
export type BenchRun = z.infer<typeof runSchema>;

const loadSchema = z.object({
  /** Of all cores, taken by others in a moment in which the bench itself waited. */
  before: z.number(),
  after: z.number(),
});
/** Percent. */
export type OthersLoad = z.infer<typeof loadSchema>;

const partRecordSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('measured'),
    run: runSchema,
    seconds: z.number(),
    othersPercent: loadSchema,
    measured: partMeasuredSchema,
  }),
  z.object({ kind: z.literal('unmeasured'), run: runSchema, reason: z.string() }),
]);
export type PartRecord = z.infer<typeof partRecordSchema>;

/** The parts in the order of the page; also what the command calls them. */
export const PARTS = ['batches', 'poll', 'eta', 'track', 'speed', 'output', 'app'] as const;
export type PartName = (typeof PARTS)[number];

export const benchRecordSchema = z.object({
  version: z.literal(1),
  parts: z.partialRecord(z.enum(PARTS), partRecordSchema),
});
export type BenchRecord = z.infer<typeof benchRecordSchema>;

export function isPartName(name: string): name is PartName {
  return PARTS.some((part) => part === name);
}
