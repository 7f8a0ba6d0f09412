import { lstatSync, type Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { currentEntries, type LedgerEntry, ledgerEntrySchema } from '@milepost/shared/ledger';
import { isCleaned } from './clean.ts';
import { measureOutput, sizeOfOutput } from './durable.ts';
import { attemptIfThere, FileError } from './fileError.ts';
import { isCheckpointName, type JobPaths } from './paths.ts';
import { type DamagedLine, readRecordFile } from './recordFile.ts';

/** A batch that the ledger says is done and whose checkpoint is not what it was. */
export interface DamagedBatch {
  entry: LedgerEntry;
  /** One sentence for a person, such as `checkpoint_00000.npz is 12 bytes short`. */
  reason: string;
}

export interface Inspection {
  /** Done: the line counts, and the checkpoint is there with the right size (and hash, where asked). By first item. */
  done: LedgerEntry[];
  /** Done once, to be done again. By first item. */
  damaged: DamagedBatch[];
  /** Files and folders with a checkpoint's name that no counting line names. */
  foreign: string[];
  /** Lines of the ledger that do not count. */
  lines: DamagedLine[];
  torn: boolean;
  /** The next `{index}`: above every one that the ledger has. */
  nextIndex: number;
  /** Set where the ledger was written by a newer Milepost. */
  newer: string | null;
}

/**
 * What is done in a job's folder, by its ledger and the files that are there. Changes nothing.
 *
 * @param verify also reads every checkpoint and compares its hash.
 */
export async function inspectJob(paths: JobPaths, { verify = false } = {}): Promise<Inspection> {
  const ledger = await readRecordFile(paths.ledger, ledgerEntrySchema);
  const current = currentEntries(ledger.records);
  const names = new Set(
    (await attemptIfThere('list', paths.dir, () => readdir(paths.dir)))?.filter(isCheckpointName) ?? [],
  );
  const done: LedgerEntry[] = [];
  const damaged: DamagedBatch[] = [];
  const cleaned = await isCleaned(paths);
  const sizes = await sizesIn(paths.dir, current);
  for (const [at, entry] of current.entries()) {
    const there = names.delete(entry.file);
    const size = sizes[at] ?? GONE;
    const reason =
      cleaned && !there ? null : await damageOf(join(paths.dir, entry.file), size, entry, verify);
    if (reason === null) done.push(entry);
    else damaged.push({ entry, reason });
  }
  return {
    done,
    damaged,
    foreign: [...names].sort(),
    lines: ledger.damaged,
    torn: ledger.torn,
    nextIndex: ledger.records.reduce((next, entry) => Math.max(next, entry.index + 1), 0),
    newer: ledger.newer,
  };
}

const GONE = -1;
const NEITHER = -2;
const FOLDER = -3;

/** So many are looked at before anything else gets its turn. */
const AT_ONCE = 256;
/** A file system that takes longer for each is far away: then many are asked side by side. */
const SLOW_MS = 0.3;

/** The size of each checkpoint, or one of the words above. A local disk answers faster than another thread would. */
async function sizesIn(dir: string, entries: readonly LedgerEntry[]): Promise<Float64Array> {
  const sizes = new Float64Array(entries.length);
  let slow = false;
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    const some = entries.slice(from, from + AT_ONCE);
    if (slow) {
      const found = await Promise.all(
        some.map(({ file }) => {
          const path = join(dir, file);
          return attemptIfThere('look at', path, () => lstat(path));
        }),
      );
      found.forEach((stat, at) => {
        sizes[from + at] = sizeBy(stat);
      });
      continue;
    }
    const started = performance.now();
    some.forEach(({ file }, at) => {
      const path = join(dir, file);
      try {
        sizes[from + at] = sizeBy(lstatSync(path, { throwIfNoEntry: false }));
      } catch (error) {
        throw new FileError('look at', path, error);
      }
    });
    slow = performance.now() - started > SLOW_MS * some.length;
    await nextTurn();
  }
  return sizes;
}

function sizeBy(stat: Stats | undefined): number {
  if (stat === undefined) return GONE;
  if (stat.isFile()) return stat.size;
  return stat.isDirectory() ? FOLDER : NEITHER;
}

async function damageOf(
  path: string,
  size: number,
  entry: LedgerEntry,
  verify: boolean,
): Promise<string | null> {
  if (size === GONE) return `${entry.file} is gone`;
  if (size === NEITHER) return `${entry.file} is neither a file nor a folder any more`;
  const bytes = size === FOLDER ? await sizeOfOutput(path) : size;
  if (bytes < entry.bytes) return `${entry.file} is ${entry.bytes - bytes} bytes short`;
  if (bytes > entry.bytes) return `${entry.file} is ${bytes - entry.bytes} bytes too long`;
  if (!verify) return null;
  const { sha256 } = await measureOutput(path);
  return sha256 === entry.sha256
    ? null
    : `${entry.file} was changed: its hash is not the one it was saved with`;
}
