import { basename, join } from 'node:path';
import type { Cadence } from '@milepost/shared/job';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { measureOutput } from './durable.ts';
import type { JobPaths } from './paths.ts';
import { openRecordFile } from './recordFile.ts';

/** A checkpoint that somebody else's script left, and the items that its name and its neighbours say it holds. */
export interface Adoptable {
  file: string;
  first: number;
  count: number;
}

export type AdoptPlan = { kind: 'ok'; files: Adoptable[] } | { kind: 'refused'; reason: string };

/**
 * Which items files with a checkpoint's name hold: each from the number in its name up to the next one's. Refused
 * where that is not clear: names that don't begin at item 0, two of one number, a last one whose end nobody knows.
 * Pure.
 */
export function planAdoption(names: readonly string[], total: number, every: Cadence): AdoptPlan {
  const found = names
    .map((file) => ({
      file,
      first: Number(/^checkpoint_(\d{1,15})(?:\.|$)/.exec(basename(file))?.[1] ?? Number.NaN),
    }))
    .sort((a, b) => a.first - b.first);
  const odd = found.find(({ first }) => Number.isNaN(first));
  if (odd)
    return { kind: 'refused', reason: `the name ${odd.file} does not end in the number of its first item` };
  if (found[0] && found[0].first !== 0) {
    return { kind: 'refused', reason: `the first of them, ${found[0].file}, does not begin at item 0` };
  }
  const files: Adoptable[] = [];
  for (const [at, { file, first }] of found.entries()) {
    const next = found[at + 1];
    const end = next?.first ?? ('items' in every ? Math.min(first + every.items, total) : undefined);
    if (end === undefined) {
      return {
        kind: 'refused',
        reason: `how many items ${file}, the last of them, holds is not known: give --every N`,
      };
    }
    if (end <= first) return { kind: 'refused', reason: `two of them begin at item ${first}` };
    if (end > total) return { kind: 'refused', reason: `${file} goes beyond the total of ${total} items` };
    files.push({ file, first, count: end - first });
  }
  return { kind: 'ok', files };
}

/** Enters files into the ledger of a job that was just made, with their sizes and hashes. The caller holds the lock. */
export async function adoptFiles(paths: JobPaths, files: readonly Adoptable[], at: string): Promise<void> {
  const ledger = await openRecordFile(paths.ledger);
  try {
    for (const [index, { file, first, count }] of files.entries()) {
      const { bytes, sha256 } = await measureOutput(join(paths.dir, file));
      const entry: LedgerEntry = {
        version: 1,
        ...{ index, first, count, file, bytes, sha256 },
        seconds: 0,
        attempt: 1,
        at,
      };
      await ledger.append(entry);
    }
  } finally {
    await ledger.close();
  }
}
