import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentEntries, type LedgerEntry, ledgerEntrySchema } from '@milepost/shared/ledger';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import { isGone } from '../agent.ts';
import type { Start } from './workload.ts';

// What may be left behind when all is over, and what not.

/** The whole lines among the first `bytes` of a job's ledger. */
export function ledgerOf(folder: string, bytes = Number.POSITIVE_INFINITY): LedgerEntry[] {
  const path = join(folder, '.milepost', 'ledger.jsonl');
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'latin1').slice(0, bytes);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => ledgerEntrySchema.parse(decodeRecordLine(line)));
}

/** Starts of batches of which the ledger said at that moment that their items are committed. */
export function startedAgain(folder: string, starts: readonly Start[]): Start[] {
  return starts.filter(({ first, count, ledgerBytes }) =>
    ledgerOf(folder, ledgerBytes).some(
      (entry) => entry.first < first + count && first < entry.first + entry.count,
    ),
  );
}

/** Files and folders of a finished job that should not be there. Checkpoints in orphans/ are not counted here. */
export function strayFiles(folder: string, result: string): string[] {
  const meta = join(folder, '.milepost');
  const checkpoints = currentEntries(ledgerOf(folder)).map(({ file }) => file);
  const inFolder = new Set(['PROGRESS.txt', '.milepost', result, ...checkpoints]);
  const inMeta = new Set([
    ...['job.json', 'ledger.jsonl', 'runs.jsonl', 'merged.json', 'lock', 'reserve', 'output.log'],
    // The note before the result's rename: harmless where it could not be removed.
    ...['merging.json', 'scratch', 'orphans'],
  ]);
  return [
    ...readdirSync(folder).filter((name) => !inFolder.has(name)),
    ...readdirSync(meta)
      .filter((name) => !inMeta.has(name))
      .map((name) => `.milepost/${name}`),
    ...namesIn(join(meta, 'scratch')).map((name) => `.milepost/scratch/${name}`),
    ...orphansOf(folder)
      .filter((name) => !name.startsWith('checkpoint_'))
      .map((name) => `.milepost/orphans/${name}`),
  ];
}

export function orphansOf(folder: string): string[] {
  return namesIn(join(folder, '.milepost', 'orphans'));
}

/** Whether a merge is under way in a job's folder. */
export function isMerging(folder: string): boolean {
  return namesIn(join(folder, '.milepost', 'scratch')).some((name) => name.startsWith('merge-'));
}

/** None where the folder isn't there: a run that begins takes its scratch away and makes it again. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Processes that still run and whose environment or command names this folder. */
export async function processesOf(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      if (!environment.includes(dir) && !command.includes(dir)) continue;
      if (!(await isGone(Number(name)))) found.push(`${name} ${command.replaceAll('\0', ' ')}`);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
