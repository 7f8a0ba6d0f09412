import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from './judge.ts';

/** So many batches of so many lines: real work for a moment each, with an output that depends on its numbers alone. */
export interface Work {
  batches: number;
  items: number;
}

/** A folder in which one run of all batches happens, by either of the two. */
export interface BatchFolder {
  dir: string;
  work: Work;
  /** The first item of each batch, as it stands in file names. */
  firsts: readonly string[];
  /** Where the workers tell their starts and ends. */
  log: string;
  /** The shell script that does one batch to its standard output: `sh SCRIPT FIRST COUNT LOG`. */
  script: string;
}

const PRINT = (from: string, to: string) =>
  `awk -v from="${from}" -v to="${to}" 'BEGIN { for (i = from; i < to; i++) printf "%d %.9f\\n", i, sin(i) * sqrt(i) }'`;
const WHOLE = PRINT('$1', '$(($1 + $2))');
const FIRST_HALF = PRINT('$1', '$(($1 + $2 / 2))');
const SECOND_HALF = PRINT('$(($1 + $2 / 2))', '$(($1 + $2))');

const around = (lines: readonly string[]): string =>
  ['#!/bin/sh', 'echo "start $1" >>"$3"', ...lines, 'echo "end $1" >>"$3"', ''].join('\n');

/** How a batch works. */
export const scripts = {
  plain: around([`${WHOLE} || exit 1`]),
  /** Half of it, a second's rest, the other half. */
  slow: around([`${FIRST_HALF} || exit 1`, 'sleep 1', `${SECOND_HALF} || exit 1`]),
  /** At its first try the batch `first` gets SIGKILL when half of it is written, as the kernel does without memory. */
  killedOnce: (first: string): string =>
    around([
      `if [ "$1" = ${first} ] && ! [ -e "$3.killed" ]; then`,
      '  touch "$3.killed"',
      `  ${FIRST_HALF}`,
      '  kill -9 $$',
      'fi',
      `${WHOLE} || exit 1`,
    ]),
};

/** At least 5 digits, as Milepost names checkpoints; a shell's arithmetic takes no leading zeros but as octal. */
export function batchFolder(under: string, work: Work, script: string): BatchFolder {
  const dir = mkdtempSync(join(under, 'batches-'));
  const path = join(dir, 'batch.sh');
  writeFileSync(path, script);
  const firsts = Array.from({ length: work.batches }, (_, at) => String(at * work.items));
  return { dir, work, firsts, log: join(dir, 'work.log'), script: path };
}

/** Hashes of what an undisturbed run leaves, by the batch's first item. */
export function expectedHashes(folder: BatchFolder): ReadonlyMap<string, string> {
  return new Map(
    folder.firsts.map((first) => {
      const args = [folder.script, first, String(folder.work.items), '/dev/null'];
      return [first, sha256(execFileSync('/bin/sh', args, { maxBuffer: 2 ** 30 }))];
    }),
  );
}

/** What lies in the folder now, beside what should. */
export function outputsOf(
  folder: BatchFolder,
  expected: ReadonlyMap<string, string>,
  fileOf: (first: string) => string,
): Output[] {
  return folder.firsts.map((first) => ({
    first: Number(first),
    expected: expected.get(first) ?? '',
    found: hashOf(fileOf(first)),
  }));
}

function hashOf(path: string): string | null {
  try {
    return sha256(readFileSync(path));
  } catch {
    return null;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
