import { lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { syncFolder } from './durable.ts';
import { attempt, attemptIfThere } from './fileError.ts';
import type { MergeFiles, WorkResult } from './merge.ts';
import { writeMergeList } from './merge.ts';
import type { JobPaths } from './paths.ts';

/** The checkpoints from item 0 on without a gap. `entries` by first item. Pure. */
export function unbrokenPrefix(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const prefix: LedgerEntry[] = [];
  let next = 0;
  for (const entry of entries) {
    if (entry.first !== next) break;
    prefix.push(entry);
    next = entry.first + entry.count;
  }
  return prefix;
}

/** The name of a partial result: `dataset.partial.npz`. Pure. */
export function partialName(final: string): string {
  const { name, ext } = parse(final);
  return `${name}.partial${ext}`;
}

/**
 * Merges some checkpoints of a job into its partial result, replacing an earlier one. Needs no lock, works while the
 * job runs, and changes nothing of its records. Throws a FileError where a step fails.
 */
export async function mergePartial(input: {
  paths: JobPaths;
  entries: readonly LedgerEntry[];
  name: string;
  merge: (files: MergeFiles) => Promise<WorkResult>;
}): Promise<WorkResult> {
  const { paths, entries, name, merge } = input;
  // Not in scratch/, which a run that starts meanwhile empties.
  const scratch = await attempt('make a folder in', paths.meta, () => mkdtemp(join(paths.meta, 'partial-')));
  try {
    const files = await writeMergeList(scratch, paths, entries, name);
    const result = await merge(files);
    if (result.kind === 'failed') return result;
    const made = await attemptIfThere('look at', files.output, () => lstat(files.output));
    if (made === undefined) return { kind: 'failed', reason: `the merge ended well but made no ${name}` };
    const target = join(paths.dir, name);
    const before = await attemptIfThere('look at', target, () => lstat(target));
    if (before?.isDirectory()) await attempt('replace', target, () => rm(target, { recursive: true }));
    await attempt('put in place', target, () => rename(files.output, target));
    await syncFolder(paths.dir);
    return { kind: 'done' };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
