import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LedgerEntry, type MergedRecord, mergedRecordSchema } from '@milepost/shared/ledger';
import { readVersionedJson } from '@milepost/shared/versioned';
import { setAside } from './commit.ts';
import { withFullDisk } from './diskForecast.ts';
import { makeFolderIn, measureOutput, replaceFile, sealOutput, sizeOfOutput, syncFolder } from './durable.ts';
import { attempt, attemptIfThere } from './fileError.ts';
import type { JobPaths } from './paths.ts';

/** What a merge gets to do its work with; all paths are absolute. */
export interface MergeFiles {
  /** All checkpoints, in item order. */
  inputs: readonly string[];
  /** A file that names one input a line. */
  list: string;
  /** Where the result is to be written; its name is the final one. */
  output: string;
}

export type WorkResult = { kind: 'done' } | { kind: 'failed'; reason: string };

export interface MergeInput {
  paths: JobPaths;
  entries: readonly LedgerEntry[];
  /** The name of the result in the job's folder. */
  final: string;
  /** {@link concatenate}, or a person's own. */
  merge: (files: MergeFiles) => Promise<WorkResult>;
  /** ISO 8601, UTC. */
  at: string;
}

/**
 * Makes the final result of the checkpoints: written under scratch/, put on the disk, renamed to its name, and told in
 * merged.json. What stood under that name and is no earlier result of this job goes to orphans/.
 * Throws a FileError where a step fails; nothing is lost by that, and the merge can be made again.
 */
export async function mergeCheckpoints(input: MergeInput): Promise<WorkResult> {
  const { paths, entries, final, merge, at } = input;
  await makeFolderIn(paths.scratch);
  const scratch = await attempt('make a folder in', paths.scratch, () =>
    mkdtemp(join(paths.scratch, 'merge-')),
  );
  try {
    const files = await writeMergeList(scratch, paths, entries, final);
    const { output } = files;
    const result = await merge(files);
    if (result.kind === 'failed') {
      // Now, while all that it wrote is still there.
      return { ...result, reason: await withFullDisk(result.reason, paths.dir) };
    }
    if ((await attemptIfThere('look at', output, () => lstat(output))) === undefined) {
      return {
        kind: 'failed',
        reason: `the merge ended well but made no ${final} (it is to write to {output})`,
      };
    }
    const sealed = await sealOutput(output);
    const target = join(paths.dir, final);
    const record: MergedRecord = {
      version: 1,
      file: final,
      bytes: sealed.bytes,
      sha256: sealed.sha256,
      basis: mergeBasis(entries),
      at,
    };
    const text = `${JSON.stringify(record)}\n`;
    if (!(await isOwn(paths, final)) || sealed.isFolder) await setAside(paths, target);
    // From here on what stands under that name is known as this job's own, also if a kill comes before the last record.
    await replaceFile(paths.merging, text, { mode: 0o600 });
    await attempt('remove', paths.merged, () => rm(paths.merged, { force: true }));
    await attempt('put in place', target, () => rename(output, target));
    await syncFolder(paths.dir);
    await replaceFile(paths.merged, text, { mode: 0o600 });
    await forgetMerging(paths);
    return { kind: 'done' };
  } finally {
    await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whether an earlier result of this job stands under the name: then it is replaced; all else is set aside. */
async function isOwn(paths: JobPaths, final: string): Promise<boolean> {
  const earlier = [await readMergedFrom(paths.merged), await readMergedFrom(paths.merging)];
  return earlier.some((record) => record?.file === final);
}

/** Once the result is in its record, what was noted before its rename is not needed any more. */
export async function forgetMerging(paths: JobPaths): Promise<void> {
  await rm(paths.merging, { force: true }).catch(() => undefined);
}

/** What a merge of these checkpoints gets: their list in a file, and a folder for its output, both in `scratch`. */
export async function writeMergeList(
  scratch: string,
  paths: JobPaths,
  entries: readonly LedgerEntry[],
  name: string,
): Promise<MergeFiles> {
  const inputs = entries.map((entry) => join(paths.dir, entry.file));
  const list = join(scratch, 'inputs.list');
  await attempt('write', list, () => writeLines(list, inputs));
  const folder = join(scratch, 'output');
  await attempt('make', folder, () => mkdir(folder));
  return { inputs, list, output: join(folder, name) };
}

async function writeLines(path: string, lines: readonly string[]): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(lines.map((line) => `${line}\n`).join(''));
  } finally {
    await handle.close();
  }
}

/** The merged result that the records tell of; undefined where there is none, or none that can be read. */
export async function readMerged(paths: JobPaths): Promise<MergedRecord | undefined> {
  return readMergedFrom(paths.merged);
}

async function readMergedFrom(path: string): Promise<MergedRecord | undefined> {
  const text = await attemptIfThere('read', path, () => readFile(path, 'utf8'));
  if (text === undefined) return undefined;
  const read = readVersionedJson(mergedRecordSchema, text);
  return read.kind === 'ok' ? read.value : undefined;
}

/** The merged result held against its record: `none` where nothing was merged yet. */
export type MergedCheck =
  | { kind: 'none' }
  | { kind: 'sound'; record: MergedRecord }
  | { kind: 'damaged'; reason: string };

/** Reads the merged result and compares its size and hash. */
export async function checkMerged(paths: JobPaths): Promise<MergedCheck> {
  const record = await readMerged(paths);
  if (record === undefined) return { kind: 'none' };
  const target = join(paths.dir, record.file);
  if ((await attemptIfThere('look at', target, () => lstat(target))) === undefined) {
    return { kind: 'damaged', reason: `the result ${record.file} is gone` };
  }
  const { bytes, sha256 } = await measureOutput(target);
  if (bytes === record.bytes && sha256 === record.sha256) return { kind: 'sound', record };
  return { kind: 'damaged', reason: `the result ${record.file} is not what was merged` };
}

/**
 * Whether the result of exactly these checkpoints stands under this name, with its size.
 *
 * @param verify also reads it and compares its hash.
 */
export async function isMerged(
  paths: JobPaths,
  entries: readonly LedgerEntry[],
  final: string,
  { verify = false } = {},
): Promise<boolean> {
  const merged = await readMerged(paths);
  if (merged === undefined || merged.file !== final || merged.basis !== mergeBasis(entries)) return false;
  if (verify) return (await checkMerged(paths)).kind === 'sound';
  const target = join(paths.dir, final);
  const size = await attemptIfThere('look at', target, async () => {
    await lstat(target);
    return sizeOfOutput(target);
  });
  return size === merged.bytes;
}

/** What a merged result was made of: the hash of a line `FIRST COUNT SHA256` for each checkpoint in item order. */
export function mergeBasis(entries: readonly LedgerEntry[]): string {
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(`${entry.first} ${entry.count} ${entry.sha256}\n`);
  return hash.digest('hex');
}

const CHUNK_BYTES = 1024 * 1024;

/** Joins the inputs, which must be files, one after the other, until `signal` aborts. */
export async function concatenate({ inputs, output }: MergeFiles, signal: AbortSignal): Promise<WorkResult> {
  await attempt('write', output, async () => {
    const target = await open(output, 'w');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (const path of inputs) await appendTo(target, path, buffer, signal);
    } finally {
      await target.close();
    }
  });
  return signal.aborted ? { kind: 'failed', reason: 'it was ended' } : { kind: 'done' };
}

async function appendTo(
  target: Awaited<ReturnType<typeof open>>,
  path: string,
  buffer: Buffer,
  signal: AbortSignal,
): Promise<void> {
  await attempt('read', path, async () => {
    const source = await open(path, 'r');
    try {
      while (!signal.aborted) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) return;
        await target.writeFile(buffer.subarray(0, bytesRead));
      }
    } finally {
      await source.close();
    }
  });
}
