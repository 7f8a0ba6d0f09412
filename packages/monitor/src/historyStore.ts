import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { writeFileAtomic } from './atomicFile.ts';
import { type HistoryRecord, historyRecordSchema } from './history.ts';
import { loadStoreFile, reasonOf } from './storeFile.ts';
import type { Problem } from './view.ts';

const fileSchema = z.object({ version: z.literal(1), runs: z.array(historyRecordSchema) });

const MAX_RUNS = 500;

/** Runs that ended, on this machine: one file, replaced whole. */
export interface HistoryStore {
  problem(): Problem | null;
  /** Newest first; a new array after each change. */
  records(): readonly HistoryRecord[];
  /** Adds a run, or replaces what was noted of it; the oldest go beyond 500. */
  note(record: HistoryRecord): void;
  /** Writes what has changed; resolves when it is on disk, or could not be written (then `problem`). */
  save(): Promise<void>;
}

/**
 * Opens the history. A damaged file is set aside and told of; one of a newer version is left alone and nothing is
 * written. `path` null: nothing outlives the process.
 */
export async function openHistoryStore(path: string | null): Promise<HistoryStore> {
  let records: readonly HistoryRecord[] = [];
  let problem: Problem | null = null;
  let isWritable = path !== null;
  if (path !== null) {
    const loaded = await loadStoreFile(path, fileSchema, {
      holds: 'The history of runs',
      loss: 'earlier runs are not shown',
    });
    if (loaded.kind === 'ok') records = sorted(loaded.value.runs);
    else if (loaded.kind !== 'absent') {
      problem = loaded.problem;
      isWritable = loaded.kind === 'set-aside';
    }
  }
  let isDirty = false;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (!isDirty || !isWritable || path === null) return;
    isDirty = false;
    try {
      await writeFileAtomic(path, `${JSON.stringify({ version: 1, runs: records })}\n`);
    } catch (error) {
      isDirty = true;
      problem = {
        kind: 'store-write',
        what: `The history of runs could not be noted in ${path}: ${reasonOf(error)}`,
        next: 'Make room or allow writing there.',
      };
    }
  }

  return {
    problem: () => problem,
    records: () => records,
    note(record) {
      const before = records.find(({ id }) => id === record.id);
      if (isDeepStrictEqual(before, record)) return;
      records = sorted([record, ...records.filter(({ id }) => id !== record.id)]);
      isDirty = true;
    },
    save() {
      writing = writing.then(write);
      return writing;
    },
  };
}

function sorted(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  return [...records].sort((a, b) => b.endedAt - a.endedAt).slice(0, MAX_RUNS);
}
