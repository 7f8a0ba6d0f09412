import { join } from 'node:path';
import { expect } from 'vitest';
import { isRename, isSync, isWrite, pathOfDescriptor, pathsOf, type SystemCall } from './straceLog.ts';

// The order on the disk, from a trace of the system calls.

/** The first call that is what is looked for; fails, naming it, where there is none. */
export function the(
  what: string,
  calls: readonly SystemCall[],
  found: (call: SystemCall) => boolean,
): SystemCall {
  const call = calls.find(found);
  if (call === undefined) throw new Error(`There is no ${what} where it should be.`);
  return call;
}

const below = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** What was renamed to this path was on the disk before, wholly. */
function expectSaved(calls: readonly SystemCall[], target: string): SystemCall {
  const placed = the(`rename to ${target}`, calls, (call) => isRename(call) && pathsOf(call)[1] === target);
  const source = pathsOf(placed)[0] ?? '';
  const earlier = calls.filter((call) => call.ended < placed.began);
  const written = earlier.filter(isWrite);
  const opened = earlier.filter(({ name, args }) => name === 'openat' && args.includes('O_CREAT'));
  // A command may have made its output under another name and renamed it.
  const renamed = earlier.filter((call) => isRename(call) && below(pathsOf(call)[1] ?? '', source));
  const made = [...opened.flatMap(pathsOf), ...renamed.map((call) => pathsOf(call)[1] ?? '')];
  const files = new Set(made.filter((path) => below(path, source)));
  expect(files.size).toBeGreaterThan(0);
  for (const path of withFolders(files, source)) {
    const formerly = renamed.filter((call) => pathsOf(call)[1] === path).map((call) => pathsOf(call)[0]);
    const lastWrite = written.findLast((call) => [path, ...formerly].includes(pathOfDescriptor(call)));
    the(
      `fsync of ${path} before it became ${target}`,
      earlier,
      (call) => isSync(call) && pathOfDescriptor(call) === path && call.began > (lastWrite?.ended ?? -1),
    );
  }
  return placed;
}

/** Files, and every folder from theirs up to `top`. */
function withFolders(files: ReadonlySet<string>, top: string): Set<string> {
  const all = new Set(files);
  for (const file of files) {
    for (
      let path = file;
      path !== top && path.length > top.length;
      path = path.slice(0, path.lastIndexOf('/'))
    ) {
      all.add(path);
    }
    all.add(top);
  }
  return all;
}

function folderSyncAfter(calls: readonly SystemCall[], placed: SystemCall, folder: string): SystemCall {
  return the(
    `fsync of ${folder} after ${placed.args}`,
    calls,
    (call) => isSync(call) && pathOfDescriptor(call) === folder && call.began > placed.ended,
  );
}

/** A finished job whose calls are looked at. */
export interface TracedJob {
  /** Those that succeeded. */
  calls: readonly SystemCall[];
  folder: string;
  total: number;
  every: number;
  extension: string;
}

/** All was on the disk in its order: data before its name, the name before the ledger, and that before it was told. */
export function expectOrder({ calls, folder, total, every, extension }: TracedJob): void {
  const ledger = join(folder, '.milepost', 'ledger.jsonl');
  /** When each batch was in the ledger, on the disk. */
  const recorded: SystemCall[] = [];
  for (let first = 0; first < total; first += every) {
    const name = `checkpoint_${String(first).padStart(5, '0')}${extension}`;
    const placed = expectSaved(calls, join(folder, name));
    const folderSync = folderSyncAfter(calls, placed, folder);
    const line = the(`line of ${name}`, calls, (call) => {
      return (
        isWrite(call) && pathOfDescriptor(call) === ledger && call.args.includes(`\\"file\\":\\"${name}\\"`)
      );
    });
    expect(line.began).toBeGreaterThan(folderSync.ended);
    recorded.push(
      the(
        'fsync of the ledger',
        calls,
        (call) => isSync(call) && pathOfDescriptor(call) === ledger && call.began > line.ended,
      ),
    );
  }

  // Each PROGRESS.txt counts only what was recorded before it, and is on the disk itself before it is there.
  const progress = join(folder, 'PROGRESS.txt');
  const tellings = calls.filter((call) => isRename(call) && pathsOf(call)[1] === progress);
  expect(tellings.length).toBeGreaterThanOrEqual(2);
  let completed = 0;
  for (const told of tellings) {
    const temporary = pathsOf(told)[0];
    const text = calls.findLast(
      (call) => isWrite(call) && pathOfDescriptor(call) === temporary && call.ended < told.began,
    );
    completed = Number(/Progress: (\d+)\//.exec(text?.args ?? '')?.[1]);
    const onDisk = recorded.filter((call) => call.ended < told.began).length * every;
    expect(completed).toBeLessThanOrEqual(onDisk);
    the(
      'fsync of PROGRESS.txt before its rename',
      calls,
      (call) =>
        isSync(call) &&
        pathOfDescriptor(call) === temporary &&
        call.began > (text?.ended ?? 0) &&
        call.ended < told.began,
    );
    folderSyncAfter(calls, told, folder);
  }
  expect(completed).toBe(total);

  // The merged result: data, name, its record, and only then the end is told.
  const placed = expectSaved(calls, join(folder, 'result.txt'));
  expect(placed.began).toBeGreaterThan(Math.max(...recorded.map(({ ended }) => ended)));
  const folderSync = folderSyncAfter(calls, placed, folder);
  const merged = expectSaved(calls, join(folder, '.milepost', 'merged.json'));
  expect(merged.began).toBeGreaterThan(folderSync.ended);
  const mergedSync = folderSyncAfter(calls, merged, join(folder, '.milepost'));
  const runs = join(folder, '.milepost', 'runs.jsonl');
  const end = the('end of the run in runs.jsonl', calls, (call) => {
    return isWrite(call) && pathOfDescriptor(call) === runs && call.args.includes('\\"kind\\":\\"end\\"');
  });
  expect(end.began).toBeGreaterThan(mergedSync.ended);
  const endSync = the(
    'fsync of runs.jsonl',
    calls,
    (call) => isSync(call) && pathOfDescriptor(call) === runs && call.began > end.ended,
  );
  expect(tellings.at(-1)?.began).toBeGreaterThan(endSync.ended);
}
