import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  isMerging,
  ledgerOf,
  orphansOf,
  processesOf,
  startedAgain,
  strayFiles,
} from '../../../../apps/agent/test/kill/aftermath.ts';
import {
  chooseSeed,
  numberFrom,
  type Random,
  seededRandom,
} from '../../../../apps/agent/test/kill/random.ts';
import { startReader } from '../../../../apps/agent/test/kill/reader.ts';
import { makePythonHome, type PythonHome } from '../pythonHome.ts';
import { makePythonWorkload, type PythonWorkload, type SavedKind } from './workload.ts';

// SIGKILL at random instants, the same program again after each, until its job is done. Nothing may be lost, done twice
// or torn.

const KILLS = numberFrom('MILEPOST_KILLS', 60);
const READS = numberFrom('MILEPOST_READS', 10_000);

const scenarios = (['bytes', 'file', 'folder'] as const).flatMap((kind) =>
  (['10', '0.15s'] as const).map((every) => ({ kind, every })),
);
const killsEach = Math.ceil(KILLS / scenarios.length);
const TOTAL = 240;

let home: PythonHome;
let seed = 0;
const sums = { kills: 0, inMerge: 0, reads: 0 };
beforeAll(async () => {
  home = await makePythonHome();
  seed = chooseSeed();
});
afterAll(() => home.remove());

/** This part of the kills is kept for the merge and what comes after it. */
const MERGE_SHARE = 0.3;
const BATCH_MS = 70;
const MERGE_MS = 110;
const STARTUP_MS = 200;

/** Starts the program and kills it at a chosen instant. False: it came to its end before. */
async function killOnce(name: string, workload: PythonWorkload, random: Random, keptForMerge: boolean) {
  const program = home.start(workload.args);
  const running = () => program.child.exitCode === null && program.child.signalCode === null;
  const merging = await waitForInstant(join(home.dir, name), workload, random, running, keptForMerge);
  if (running()) process.kill(program.pid, 'SIGKILL');
  const ended = await program.ended;
  if (ended.signal === 'SIGKILL') {
    sums.kills += 1;
    if (merging) sums.inMerge += 1;
    return true;
  }
  expect(ended).toMatchObject({ code: 0 });
  return false;
}

async function waitForInstant(
  folder: string,
  workload: PythonWorkload,
  random: Random,
  running: () => boolean,
  keptForMerge: boolean,
): Promise<boolean> {
  const committed = () => ledgerOf(folder).reduce((sum, { count }) => sum + count, 0) === TOTAL;
  if (random.next() < 0.15) {
    await delay(random.between(0, STARTUP_MS));
    return false;
  }
  if (keptForMerge || committed()) {
    while (running() && !isMerging(folder)) await delay(2);
    await delay(random.between(0, MERGE_MS));
    return true;
  }
  const before = workload.startsBytes();
  while (running() && workload.startsBytes() === before && !committed()) await delay(2);
  await delay(random.between(0, 1.5 * BATCH_MS));
  return false;
}

async function oneJob(kind: SavedKind, every: string, name: string, kills: number): Promise<number> {
  const folder = join(home.dir, name);
  const workload = await makePythonWorkload(home, name, kind, { total: TOTAL, every });
  const reader = startReader(folder, 'result.txt');
  const random = seededRandom(seed + sums.kills);
  let killed = 0;
  try {
    while (killed < kills) {
      if (!(await killOnce(name, workload, random, kills - killed <= killsEach * MERGE_SHARE))) break;
      killed += 1;
    }
    // Killed often enough: now it may end.
    expect(await home.run(workload.args)).toMatchObject({ code: 0 });
  } finally {
    reader.end();
  }
  const seen = await reader.seen();
  expect(readFileSync(join(folder, 'result.txt'), 'utf8')).toBe(workload.expected);
  const starts = workload.starts();
  expect(startedAgain(folder, starts)).toEqual([]);
  expect(starts.length - ledgerOf(folder).length).toBeLessThanOrEqual(killed);
  expect(orphansOf(folder).length).toBeLessThanOrEqual(killed);
  expect(strayFiles(folder, 'result.txt')).toEqual([]);
  expect(await processesOf(home.dir)).toEqual([]);
  expect(seen.problems).toEqual([]);
  expect(await home.agent.progress(name)).toMatchObject({ status: 'complete', completed: TOTAL });
  expect(await home.agent.milepost(['verify', folder])).toMatchObject({ code: 0 });
  sums.reads += seen.reads;
  return killed;
}

describe('killed at random instants, and started again', () => {
  test.each(scenarios)('%j', { timeout: 60_000 + killsEach * 10_000 }, async ({ kind, every }) => {
    let left = killsEach;
    for (let number = 1; left > 0; number += 1) {
      left -= await oneJob(kind, every, `${kind}-${every.replace('.', '-')}-${number}`, left);
    }
  });

  test('that was often enough, and the merge was hit too', async () => {
    console.log(`${sums.kills} kills, ${sums.inMerge} of them in merges, ${sums.reads} reads.`);
    expect(sums.kills).toBeGreaterThanOrEqual(KILLS);
    expect(sums.inMerge).toBeGreaterThanOrEqual(scenarios.length / 2);
    expect(sums.reads).toBeGreaterThanOrEqual(READS);
    const registry = await readdir(join(home.env['XDG_STATE_HOME'] ?? '', 'milepost', 'jobs'));
    expect(registry.filter((name) => !/^[a-z0-9-]+\.json$/.test(name))).toEqual([]);
  });
});
