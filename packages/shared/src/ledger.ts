import { z } from 'zod';
import { fileNameSchema } from './job.ts';

const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** One line of `ledger.jsonl`: a committed checkpoint. */
export const ledgerEntrySchema = z.object({
  version: z.literal(1),
  /** The ledger's running number: what `{index}` gave to the command. */
  index: whole,
  /** The first item of the batch, counting from 0. */
  first: whole,
  count: whole.min(1),
  file: fileNameSchema,
  /** Size of the file; of a folder: of all files in it. */
  bytes: whole,
  /** Of the file; of a folder: of the sorted list of its files' paths, sizes and hashes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** How long the attempt that made it took. */
  seconds: z.number().min(0),
  /** Which try of the batch it was, from 1. */
  attempt: z.number().int().min(1),
  at: z.string(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** For the same first item the last line counts; of two that overlap, the later line. By first item. */
export function currentEntries(entries: readonly LedgerEntry[]): LedgerEntry[] {
  // Nearly always each begins where the one before ended, or later.
  if (entries.every((entry, at) => at === 0 || entry.first >= endOf(entries[at - 1]))) return [...entries];
  const lastLine = new Map<number, { entry: LedgerEntry; line: number }>();
  entries.forEach((entry, line) => {
    lastLine.set(entry.first, { entry, line });
  });
  const kept: { entry: LedgerEntry; line: number }[] = [];
  for (const next of [...lastLine.values()].sort((a, b) => a.entry.first - b.entry.first)) {
    const before = kept.at(-1);
    if (before && before.entry.first + before.entry.count > next.entry.first) {
      if (before.line > next.line) continue;
      kept.pop();
    }
    kept.push(next);
  }
  return kept.map(({ entry }) => entry);
}

function endOf(entry: LedgerEntry | undefined): number {
  return entry === undefined ? 0 : entry.first + entry.count;
}

/** `merged.json`: the final result, and which checkpoints it was made of. */
export const mergedRecordSchema = z.object({
  version: z.literal(1),
  file: fileNameSchema,
  bytes: whole,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of a line `FIRST COUNT SHA256` for each checkpoint in item order. */
  basis: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string(),
});
export type MergedRecord = z.infer<typeof mergedRecordSchema>;
