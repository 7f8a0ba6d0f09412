import { readFileSync, statSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { numbers } from '../agent.ts';

/** Where a batch's command puts its output. */
export type OutputKind = 'file' | 'folder' | 'stdout';

/** One start of a batch's command, as it wrote it down itself. */
export interface Start {
  first: number;
  count: number;
  /** The length of the ledger when it began. */
  ledgerBytes: number;
  pid: number;
}

/** A job that takes some 10 ms and 3 ms for each item a batch, and notes each of its starts. */
export interface Workload {
  /** What stands behind `--`, and the options that go with it. */
  command: string[];
  options: string[];
  starts(): Start[];
  /** Only whether there are more: its length. */
  startsBytes(): number;
  /** What the merged result of `total` items must be, byte for byte. */
  expected(total: number): string;
}

// It reads its own ledger's length first: a batch that stands in that much of it must never start again.
const PROGRAM = `#!/bin/sh
kind=$1 first=$2 count=$3 output=$4 folder=$5 log=$6
bytes=$(wc -c < "$folder/.milepost/ledger.jsonl")
echo "$first $count $bytes $$" >> "$log"
echo "$((count / 2))/$count" > "$MILEPOST_PROGRESS"
sleep "$(printf '0.%03d' $((10 + count * 3)))"
last=$((first + count - 1))
case $kind in
  stdout) seq "$first" "$last" ;;
  file) seq "$first" "$last" > "$output" ;;
  folder)
    mkdir -p "$output/deep/er"
    seq "$first" "$last" > "$output/numbers"
    echo "$first" > "$output/deep/er/first"
    ;;
esac
echo "batch $first is done" >&2
`;

// Slow enough to be killed in, and written in two steps, so that a torn result would be seen.
const MERGES: Record<OutputKind, string> = {
  file: 'concat',
  stdout: 'cat {inputs} > {output}.part && sleep 0.05 && mv {output}.part {output}',
  folder:
    'for folder in {inputs}; do cat "$folder/deep/er/first" > /dev/null && cat "$folder/numbers" || exit 1; done > {output}; sleep 0.05',
};

/** Writes the program into `dir`, for the job in `folder`. */
export async function makeWorkload(dir: string, folder: string, kind: OutputKind): Promise<Workload> {
  const program = join(dir, 'batch.sh');
  const log = `${folder}.starts`;
  await writeFile(program, PROGRAM);
  await chmod(program, 0o755);
  const output = kind === 'stdout' ? '-' : '{output}';
  return {
    command: [program, kind, '{start}', '{count}', output, folder, log],
    options: ['--ext', kind === 'folder' ? '' : '.txt', '--merge', MERGES[kind], '--final', 'result.txt'],
    starts() {
      return readLog(log)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [first = -1, count = -1, ledgerBytes = -1, pid = -1] = line.split(' ').map(Number);
          return { first, count, ledgerBytes, pid };
        });
    },
    startsBytes: () => statSync(log, { throwIfNoEntry: false })?.size ?? 0,
    expected: (total) => numbers(0, total),
  };
}

function readLog(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(path, 'utf8');
}
