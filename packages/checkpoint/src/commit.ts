import { lstatSync, renameSync } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LedgerEntry } from '@milepost/shared/ledger';
import { makeFolderIn, type Sealed, sealOutput, syncFolder } from './durable.ts';
import { attempt, attemptIfThere } from './fileError.ts';
import type { JobPaths } from './paths.ts';
import type { RecordAppender } from './recordFile.ts';

export interface CommitInput {
  paths: JobPaths;
  ledger: RecordAppender;
  /** The finished output in the scratch folder of its attempt. */
  output: string;
  /** Its final name in the job's folder. */
  file: string;
  batch: Pick<LedgerEntry, 'index' | 'first' | 'count' | 'seconds' | 'attempt'>;
  /** ISO 8601, UTC. */
  at: string;
}

/**
 * Commits one batch: output on the disk, renamed to its final name, that rename on the disk, then its ledger line.
 * A crash at any instant leaves either no line, and the batch is done again, or a line whose file is there whole.
 * Throws a FileError where a step fails; then the batch is not committed.
 */
export async function commitBatch(input: CommitInput): Promise<LedgerEntry> {
  const sealed = await sealOutput(input.output);
  return placeAndRecord(input, sealed);
}

async function placeAndRecord({ paths, ledger, output, file, batch, at }: CommitInput, sealed: Sealed) {
  const target = join(paths.dir, file);
  // Where the job's folder is another one by now, what stands there is not this run's to touch.
  ledger.assertHere();
  await setAside(paths, target);
  await attempt('put in place', target, async () => renameSync(output, target));
  await syncFolder(paths.dir);
  const entry: LedgerEntry = {
    version: 1,
    index: batch.index,
    first: batch.first,
    count: batch.count,
    file,
    bytes: sealed.bytes,
    sha256: sealed.sha256,
    seconds: batch.seconds,
    attempt: batch.attempt,
    at,
  };
  await ledger.append(entry);
  return entry;
}

/**
 * Moves whatever stands at `path` into the job's orphans/, under a name that is free there. Nothing is deleted.
 * Returns the new path, or undefined where nothing stood there.
 */
export async function setAside(paths: JobPaths, path: string): Promise<string | undefined> {
  if ((await attemptIfThere('look at', path, async () => lstatSync(path))) === undefined) return undefined;
  await makeFolderIn(paths.orphans);
  for (let number = 1; ; number += 1) {
    const target = join(paths.orphans, number === 1 ? basename(path) : `${basename(path)}.${number}`);
    if ((await attemptIfThere('look at', target, () => lstat(target))) !== undefined) continue;
    await attempt('set aside', path, () => rename(path, target));
    await syncFolder(paths.orphans);
    return target;
  }
}
