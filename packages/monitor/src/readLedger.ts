import {
  currentEntries,
  type LedgerEntry,
  ledgerEntrySchema,
  type MergedRecord,
  mergedRecordSchema,
} from '@milepost/shared/ledger';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import { readVersioned, readVersionedJson } from '@milepost/shared/versioned';
import type { HostConnection } from './hostConnection.ts';
import { readPieces } from './readPieces.ts';
import type { Problem } from './view.ts';

const MAX_LEDGER_BYTES = 32 * 1024 * 1024;
/** They are all held at the same time. */
const MAX_CHECKPOINTS = 50_000;
const MAX_LINE_BYTES = 64 * 1024;
const MERGED_CAPS = { wholeBytes: 64 * 1024, headBytes: 0, tailBytes: 0 };

export type LedgerReading = { kind: 'ledger'; entries: LedgerEntry[] } | { kind: 'failed'; problem: Problem };

/** Reads the checkpoints of a job that count, in item order, over SFTP. Throws a LinkError. */
export async function readLedger(
  connection: HostConnection,
  dir: string,
  steady: () => number,
): Promise<LedgerReading> {
  const path = `${dir}/.milepost/ledger.jsonl`;
  const stat = await connection.stat(path);
  if (stat.kind === 'missing') return { kind: 'ledger', entries: [] };
  if (stat.kind !== 'file' || stat.size > MAX_LEDGER_BYTES)
    return { kind: 'failed', problem: unreadable('ledger.jsonl') };
  const opened = await connection.openFile(path);
  if (opened.kind !== 'open') return { kind: 'failed', problem: unreadable('ledger.jsonl') };
  /** By first item, in the order of their last lines; a host may repeat a line without end. */
  const entries = new Map<number, LedgerEntry>();
  let newer: string | null = null;
  let rest = '';
  const take = (text: string): void => {
    const read = readVersioned(ledgerEntrySchema, decodeRecordLine(text));
    if (read.kind === 'newer') newer = read.reason;
    if (read.kind !== 'ok') return;
    entries.delete(read.value.first);
    entries.set(read.value.first, read.value);
    if (entries.size > MAX_CHECKPOINTS) throw new TooMany();
  };
  try {
    const size = Math.min(opened.file.size, MAX_LEDGER_BYTES);
    const end = await readPieces(opened.file, { from: 0, size, steady }, (bytes) => {
      // Record lines are ASCII.
      const lines = (rest + Buffer.from(bytes).toString('latin1')).split('\n');
      // What stands behind the last newline is not written to its end yet.
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_BYTES);
      for (const text of lines) take(text);
    });
    if (end.kind === 'fault') return { kind: 'failed', problem: unreadable('ledger.jsonl') };
  } catch (error) {
    if (error instanceof TooMany) return { kind: 'failed', problem: TOO_MANY };
    throw error;
  } finally {
    opened.file.close();
  }
  if (newer !== null) return { kind: 'failed', problem: newerProblem(newer) };
  return { kind: 'ledger', entries: currentEntries([...entries.values()]) };
}

export type MergedReading = { kind: 'merged'; record: MergedRecord } | { kind: 'failed'; problem: Problem };

/** Reads what a job's result is called and its hash. Throws a LinkError. */
export async function readMerged(connection: HostConnection, dir: string): Promise<MergedReading> {
  const path = `${dir}/.milepost/merged.json`;
  const stat = await connection.stat(path);
  if (stat.kind === 'missing') {
    const ofProcess = await connection.stat(`${dir}/.milepost/process.json`);
    if (ofProcess.kind === 'file') return { kind: 'failed', problem: ONE_PROCESS };
    return {
      kind: 'failed',
      problem: {
        kind: 'no-result',
        what: 'This job has no merged result yet.',
        next: 'Fetch a partial result, or its checkpoints.',
      },
    };
  }
  const read = stat.kind === 'file' ? await connection.readFile(path, MERGED_CAPS) : null;
  if (read?.kind !== 'read' || read.size > MERGED_CAPS.wholeBytes) {
    return { kind: 'failed', problem: unreadable('merged.json') };
  }
  const parsed = readVersionedJson(mergedRecordSchema, Buffer.from(read.head).toString('utf8'));
  if (parsed.kind === 'ok') return { kind: 'merged', record: parsed.value };
  return {
    kind: 'failed',
    problem: parsed.kind === 'newer' ? newerProblem(parsed.reason) : unreadable('merged.json'),
  };
}

const ONE_PROCESS: Problem = {
  kind: 'no-result',
  what: 'This job runs as one process: only its program knows what its result is.',
  next: 'Copy it by hand from where the program puts it, for example with scp.',
};

class TooMany extends Error {}

const TOO_MANY: Problem = {
  kind: 'records-too-many',
  what: `The job's records name more than ${MAX_CHECKPOINTS} checkpoints, which are not read from here.`,
  next: 'Copy them by hand, for example with rsync.',
};

function unreadable(name: string): Problem {
  return {
    kind: 'records-unreadable',
    what: `The job's records on the host (.milepost/${name}) can't be read.`,
    next: 'Try “milepost verify” there.',
  };
}

function newerProblem(reason: string): Problem {
  return {
    kind: 'records-newer',
    what: `The job's records can't be used: ${reason}.`,
    next: 'Update Milepost here.',
  };
}
