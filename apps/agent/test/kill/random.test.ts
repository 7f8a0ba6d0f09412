import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from '../agent.ts';
import { ledgerOf, orphansOf, processesOf, startedAgain, strayFiles } from './aftermath.ts';
import { killAndResume } from './killing.ts';
import { chooseSeed, numberFrom, seededRandom } from './random.ts';
import { startReader } from './reader.ts';
import { makeWorkload, type OutputKind } from './workload.ts';

// SIGKILL at random instants, a resume after each, until the jobs are done. Nothing may be lost, done twice or torn.

const KILLS = numberFrom('MILEPOST_KILLS', 216);
const READS = numberFrom('MILEPOST_READS', 20_000);

const scenarios = (['file', 'folder', 'stdout'] as const).flatMap((kind) =>
  (['count', 'time'] as const).flatMap((cadence) =>
    ([1, 4] as const).map((jobs) => ({ kind, cadence, jobs })),
  ),
);
const killsEach = Math.ceil(KILLS / scenarios.length);

let home: AgentHome;
let seed = 0;
const sums = { kills: 0, inMerge: 0, reads: 0 };
beforeAll(async () => {
  home = await makeAgentHome();
  seed = chooseSeed();
});
afterAll(() => home.remove());

function options(cadence: 'count' | 'time', jobs: 1 | 4): { total: number; args: string[] } {
  const total = jobs === 1 ? 240 : 480;
  const every = cadence === 'count' ? '10' : '0.15s';
  return { total, args: ['--total', `${total}`, '--every', every, '--jobs', `${jobs}`] };
}

async function oneJob(kind: OutputKind, cadence: 'count' | 'time', jobs: 1 | 4, name: string, kills: number) {
  const folder = join(home.dir, name);
  const workload = await makeWorkload(home.dir, folder, kind);
  const { total, args } = options(cadence, jobs);
  const run = ['run', '--dir', name, ...args, ...workload.options, '--', ...workload.command];
  const reader = startReader(folder, 'result.txt');
  const random = seededRandom(seed + sums.kills);
  const killed = await killAndResume({ home, folder, workload, total, run, random }, kills)
    .then(async (sum) => {
      // Killed often enough: now it may end.
      if (sum.complete) return sum;
      // The last kill may have come before there was a job to resume.
      const args = existsSync(join(folder, '.milepost')) ? ['resume', folder] : run;
      expect(await home.milepost(args)).toMatchObject({ code: 0, stderr: '' });
      return sum;
    })
    .finally(() => reader.end());
  const seen = await reader.seen();

  expect(readFileSync(join(folder, 'result.txt'), 'utf8')).toBe(workload.expected(total));
  const starts = workload.starts();
  expect(startedAgain(folder, starts)).toEqual([]);
  expect(starts.length - ledgerOf(folder).length).toBeLessThanOrEqual(killed.mayRedo);
  expect(orphansOf(folder).length).toBeLessThanOrEqual(killed.mayRedo);
  expect(strayFiles(folder, 'result.txt')).toEqual([]);
  expect(await processesOf(home.dir)).toEqual([]);
  expect(seen.problems).toEqual([]);
  expect(await home.progress(name)).toMatchObject({ status: 'complete', completed: total });
  expect(await home.milepost(['verify', folder])).toMatchObject({ code: 0 });
  sums.kills += killed.kills;
  sums.inMerge += killed.inMerge;
  sums.reads += seen.reads;
  return killed.kills;
}

describe('killed at random instants, and resumed', () => {
  test.each(scenarios)('%j', { timeout: 60_000 + killsEach * 10_000 }, async ({ kind, cadence, jobs }) => {
    let left = killsEach;
    for (let number = 1; left > 0; number += 1) {
      left -= await oneJob(kind, cadence, jobs, `${kind}-${cadence}-${jobs}-${number}`, left);
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
