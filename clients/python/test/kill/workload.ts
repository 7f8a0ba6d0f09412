import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { numbers } from '../../../../apps/agent/test/agent.ts';
import type { Start } from '../../../../apps/agent/test/kill/workload.ts';
import type { PythonHome } from '../pythonHome.ts';

/** What a batch's checkpoint is made of. */
export type SavedKind = 'bytes' | 'file' | 'folder';

/** A Python job that takes some 10 ms and 3 ms for each item a batch, and notes each start of one. */
export interface PythonWorkload {
  /** What Python is started with. */
  args: string[];
  starts(): Start[];
  /** Only whether there are more: its length. */
  startsBytes(): number;
  /** What the merged result must be, byte for byte. */
  expected: string;
}

// It reads its own ledger's length first: a batch that stands in that much of it must never start again.
const PROGRAM = `
import os, sys, time
import milepost

kind, folder, total, every = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
pause = 0.003

def lines(batch):
    return "".join(f"{item}\\n" for item in batch)

def write_file(path):
    with open(path, "w") as file:
        file.write(lines(batch))

def write_folder(path):
    os.makedirs(os.path.join(path, "deep", "er"))
    with open(os.path.join(path, "numbers"), "w") as file:
        file.write(lines(batch))
    with open(os.path.join(path, "deep", "er", "first"), "w") as file:
        file.write(f"{batch.start}\\n")

def merge(inputs, output):
    # Slow enough to be killed in, and written in two steps, so that a torn result would be seen.
    names = [os.path.join(name, "numbers") if kind == "folder" else name for name in inputs]
    if kind == "folder":
        for name in inputs:
            open(os.path.join(name, "deep", "er", "first")).close()
    milepost.concat(names, output + ".part")
    time.sleep(0.1)
    os.rename(output + ".part", output)

job = milepost.Job(
    folder,
    total=total,
    every=int(every) if every.isdigit() else every,
    ext="" if kind == "folder" else ".txt",
    final="result.txt",
)
for batch in job.batches():
    size = os.stat(os.path.join(folder, ".milepost", "ledger.jsonl")).st_size
    with open(folder + ".starts", "a") as log:
        log.write(f"{batch.start} {batch.count} {size} {os.getpid()}\\n")
    job.progress(batch.count // 2)
    time.sleep(0.01 + batch.count * pause)
    job.save(batch, {"bytes": lines(batch).encode(), "file": write_file, "folder": write_folder}[kind])
job.merge(merge)
`;

/** Writes the program, for a job in `folder` of this home. */
export async function makePythonWorkload(
  home: PythonHome,
  folder: string,
  kind: SavedKind,
  { total, every }: { total: number; every: string },
): Promise<PythonWorkload> {
  const program = await home.write('workload.py', PROGRAM);
  const log = join(home.dir, `${folder}.starts`);
  const text = () =>
    statSync(log, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(log, 'utf8');
  return {
    args: [program, kind, join(home.dir, folder), `${total}`, every],
    starts: () =>
      text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [first = -1, count = -1, ledgerBytes = -1, pid = -1] = line.split(' ').map(Number);
          return { first, count, ledgerBytes, pid };
        }),
    startsBytes: () => statSync(log, { throwIfNoEntry: false })?.size ?? 0,
    expected: numbers(0, total),
  };
}
