import { appendFile, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planAnswerSchema } from '@milepost/shared/answers';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, isGone, makeAgentHome, numbers } from './agent.ts';
import { type Gated, makeGated } from './gated.ts';
import { treeOf } from './tree.ts';

let home: AgentHome;
let gated: Gated;
beforeEach(async () => {
  home = await makeAgentHome();
  gated = await makeGated(home.dir);
});
afterEach(() => home.remove());

const path = (...names: string[]) => join(home.dir, 'out', ...names);
const read = (...names: string[]) => readFile(path(...names), 'utf8');
const ledger = () => path('.milepost', 'ledger.jsonl');
const orphans = async () => (await readdir(path('.milepost', 'orphans'))).sort();
const run = () => [
  ...['run', '--name', 'numbers', '--dir', 'out', '--total', '500', '--every', '100', '--ext', '.txt'],
  ...['--merge', 'concat', '--', ...gated.command],
];

async function complete(): Promise<void> {
  await gated.open(500);
  expect((await home.milepost(run())).code).toBe(0);
}

/** Killed with two batches saved; the third is waiting, and left running. */
async function killed(): Promise<number> {
  await gated.open(200);
  const job = home.start(run());
  const { pid } = await gated.started(200);
  await waitFor('two checkpoints to be told', async () => (await home.progress('out'))?.completed === 200);
  job.child.kill('SIGKILL');
  await job.ended;
  return pid;
}

/** Resumes, and says which batches were done for that, and what was told. */
async function resumed(...options: string[]): Promise<{ firsts: number[]; said: string }> {
  const before = (await gated.batches()).length;
  await gated.open(500);
  const ended = await home.milepost(['resume', 'numbers', ...options]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(await read('numbers.txt')).toBe(numbers(0, 500));
  expect(await home.progress('out')).toMatchObject({ status: 'complete', completed: 500, problem: null });
  expect((await home.milepost(['verify', 'numbers'])).code).toBe(0);
  return { firsts: (await gated.batches()).slice(before).map(({ first }) => first), said: ended.stdout };
}

describe('a checkpoint', () => {
  test('that is gone, and one that is short, are told in the plan and done again, and no other', async () => {
    await complete();
    await rm(path('checkpoint_00100.txt'));
    await truncate(path('checkpoint_00300.txt'), 388);
    const plan = await home.milepost(['resume', 'numbers', '--plan', '--json']);
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout)).redo).toEqual([
      { first: 100, count: 100, reason: 'checkpoint_00100.txt is gone' },
      { first: 300, count: 100, reason: 'checkpoint_00300.txt is 12 bytes short' },
    ]);
    const { firsts, said } = await resumed();
    expect(firsts).toEqual([100, 300]);
    expect(said).toContain('checkpoint_00100.txt is gone: items 100 to 199 are done again');
    expect(said).toContain('checkpoint_00300.txt is 12 bytes short: items 300 to 399 are done again');
    // What was short is not thrown away.
    expect(await orphans()).toEqual(['checkpoint_00300.txt']);
  });

  test('with a flipped byte is found by --verify, and done again', async () => {
    await complete();
    await writeFile(path('checkpoint_00200.txt'), (await read('checkpoint_00200.txt')).replace('250', '205'));
    expect((await home.milepost(['resume', 'numbers'])).stdout).toContain('nothing to do');
    const { firsts, said } = await resumed('--verify');
    expect(firsts).toEqual([200]);
    expect(said).toContain('checkpoint_00200.txt was changed');
  });

  test('a stranger with its name is set aside and told, and never counted', async () => {
    await killed();
    await writeFile(path('checkpoint_00300.txt'), 'mine');
    await mkdir(path('checkpoint_00700'));
    const { firsts, said } = await resumed();
    expect(firsts).toEqual([200, 300, 400]);
    expect(said).toContain('checkpoint_00300.txt is not in the ledger');
    expect(await orphans()).toEqual(['checkpoint_00300.txt', 'checkpoint_00700']);
    expect(await read('.milepost', 'orphans', 'checkpoint_00300.txt')).toBe('mine');
  });
});

describe('the ledger', () => {
  const lines = async () => (await readFile(ledger(), 'utf8')).split('\n').slice(0, -1);

  test('with a torn last line: that batch is done again, and PROGRESS.txt says why it goes back', async () => {
    await killed();
    await truncate(ledger(), (await readFile(ledger())).length - 7);
    await gated.open(0);
    const job = home.start(['resume', 'numbers']);
    await waitFor('it to be told', async () => (await home.progress('out'))?.completed === 100);
    expect((await home.progress('out'))?.message).toBe(
      'resumed; done again: 100 items that are no more in the ledger',
    );
    job.child.kill('SIGTERM');
    await job.ended;
    expect((await resumed()).firsts).toEqual([100, 200, 300, 400]);
    expect(await orphans()).toEqual(['checkpoint_00100.txt']);
  });

  test('with a line lost in the middle: that batch is done again', async () => {
    await complete();
    const all = await lines();
    await writeFile(ledger(), `${all.filter((_, index) => index !== 2).join('\n')}\n`);
    const { firsts, said } = await resumed();
    expect(firsts).toEqual([200]);
    expect(said).toContain('checkpoint_00200.txt is not in the ledger');
  });

  test('with a line twice: it counts once', async () => {
    await killed();
    const all = await lines();
    await appendFile(ledger(), `${all[0]}\n`);
    expect((await resumed()).firsts).toEqual([200, 300, 400]);
  });

  test('with garbage between its lines, and altered ones: the rest counts, and it is told', async () => {
    await complete();
    const all = await lines();
    all[1] = all[1]?.replace('"count":100', '"count":300') ?? '';
    all.splice(3, 0, '\u0000\u0001 garbage \u2028', '{"version":1}');
    await writeFile(ledger(), `${all.join('\n')}\n`);
    const { firsts, said } = await resumed();
    expect(firsts).toEqual([100]);
    expect(said).toMatch(/Line 2 of .*ledger\.jsonl does not count: its checksum does not match/);
  });

  test.each([
    ['garbage', 'no ledger at all\n'],
    ['gone', null],
  ])('all %s: all is done again, and what was there is kept', async (_, text) => {
    await complete();
    if (text === null) await rm(ledger());
    else await writeFile(ledger(), text);
    expect((await resumed()).firsts).toEqual([0, 100, 200, 300, 400]);
    expect(await orphans()).toHaveLength(5);
  });
});

describe('job.json', () => {
  test.each([
    ['gone', null],
    ['garbage', '\u0000{"version'],
    ['empty', ''],
  ])('%s: refused with what to do, and nothing is touched', async (_, text) => {
    await complete();
    const record = path('.milepost', 'job.json');
    if (text === null) await rm(record);
    else await writeFile(record, text);
    const before = await treeOf(home.dir);
    for (const args of [
      ['resume', 'numbers'],
      ['resume', 'out', '--plan'],
      run(),
      ['stop', 'numbers'],
      ['verify', 'out'],
      ['merge', 'out'],
      ['clean', 'out'],
    ]) {
      const ended = await home.milepost(args);
      expect(ended).toMatchObject({
        code: 4,
        stderr: expect.stringMatching(/job\.json can't be used: .*\n.*backup/),
      });
    }
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +unreadable/);
    expect(await treeOf(home.dir)).toEqual(before);
  });
});

describe('runs.jsonl gone', () => {
  test('runs and elapsed time go on from PROGRESS.txt, and it is told', async () => {
    await killed();
    const text = await read('PROGRESS.txt');
    await writeFile(
      path('PROGRESS.txt'),
      text.replace(/^Elapsed: .*$/m, 'Elapsed: 90.0 min').replace(/^Runs: .*$/m, 'Runs: 7'),
    );
    await rm(path('.milepost', 'runs.jsonl'));
    expect((await home.milepost(['list'])).code).toBe(0);
    const { said } = await resumed();
    expect(said).toContain('runs.jsonl: it is gone. The runs are counted on from PROGRESS.txt');
    const progress = await home.progress('out');
    expect(progress?.runs).toBe(8);
    expect(progress?.elapsedSeconds).toBeGreaterThanOrEqual(90 * 60);
  });
});

describe('the clock', () => {
  test('set back a day in the middle changes neither elapsed time nor ETA', async () => {
    const preload = join(home.dir, 'clock.mjs');
    // All that JavaScript knows of the wall clock; a day is taken away once the file says so.
    await writeFile(
      preload,
      `import { existsSync } from 'node:fs';
const RealDate = Date;
const shift = () => (existsSync(${JSON.stringify(join(home.dir, 'back'))}) ? 86_400_000 : 0);
globalThis.Date = class extends RealDate {
  constructor(...args) { if (args.length === 0) super(RealDate.now() - shift()); else super(...args); }
  static now() { return RealDate.now() - shift(); }
};
`,
    );
    const env = { ...home.env, NODE_OPTIONS: `--import=${preload}` };
    const job = home.start(run(), { env });
    await gated.open(200);
    await waitFor('two batches', async () => (await home.progress('out'))?.completed === 200);
    await writeFile(join(home.dir, 'back'), '');
    await gated.open(300);
    await waitFor('a third', async () => (await home.progress('out'))?.completed === 300);
    const middle = await home.progress('out');
    // The label is the clock's own; all else is not.
    expect(Date.parse(middle?.lastUpdate ?? '')).toBeLessThan(Date.now() - 80_000_000);
    expect(middle).toMatchObject({ status: 'running', problem: null });
    for (const seconds of [middle?.elapsedSeconds, middle?.atRiskSeconds]) {
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(120);
    }
    expect(middle?.etaSeconds ?? 0).toBeLessThan(120);
    job.child.kill('SIGKILL');
    await job.ended;
    await gated.open(500);
    expect(await home.milepost(['resume', 'numbers'], { env })).toMatchObject({ code: 0 });
    const end = await home.progress('out');
    expect(end).toMatchObject({ status: 'complete', completed: 500 });
    expect(end?.elapsedSeconds).toBeGreaterThanOrEqual(middle?.elapsedSeconds ?? 0);
    expect(end?.elapsedSeconds).toBeLessThan(120);
    expect((await home.milepost(['status', 'numbers'])).stdout).toContain('complete');
  });
});

describe('a folder that was moved', () => {
  test('is asked for, and goes on from its new place under its old ID', async () => {
    await killed();
    await rename(path(), join(home.dir, 'elsewhere'));
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +missing/);
    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/holds no job any more.*\n.*moved.*new path/),
    });
    await gated.open(500);
    expect((await home.milepost(['resume', 'elsewhere'])).code).toBe(0);
    expect(await readFile(join(home.dir, 'elsewhere', 'numbers.txt'), 'utf8')).toBe(numbers(0, 500));
    expect((await gated.batches()).map(({ first }) => first)).toEqual([0, 100, 200, 200, 300, 400]);
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +complete .*elsewhere/);
  });
});

describe('no /proc', () => {
  test('a run completes; what a killed one left can not be told there, so that is refused until it is gone', async (ctx) => {
    if (process.platform !== 'linux') ctx.skip('there is no /proc by design');
    if (process.getuid?.() !== 0) ctx.skip('only root can put an empty folder over /proc');
    const withoutProc = (args: readonly string[]) =>
      home.milepost(args, {
        through: ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$0" "$@"'],
      });
    const orphan = await killed();
    expect(await isGone(orphan)).toBe(false);
    const before = await treeOf(path(), ['.milepost/lock']);
    const refused = await withoutProc(['resume', 'numbers']);
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        new RegExp(`left process ${orphan}.*Without /proc(.|\\n)*kill -9 -${orphan}`),
      ),
    });
    expect(await treeOf(path(), ['.milepost/lock', '.milepost/output.log'])).toEqual(
      Object.fromEntries(Object.entries(before).filter(([name]) => name !== '.milepost/output.log')),
    );
    process.kill(-orphan, 'SIGKILL');
    await waitFor('it to be gone', () => isGone(orphan));
    // It may be a zombie for ever where nobody reaps it, which only /proc could tell.
    const [file = ''] = /[^ ']+\/pid/.exec(refused.stderr) ?? [];
    await rm(file);
    await gated.open(500);
    expect(await withoutProc(['resume', 'numbers'])).toMatchObject({ code: 0, stderr: '' });
    expect(await read('numbers.txt')).toBe(numbers(0, 500));
    expect((await withoutProc(['list'])).stdout).toMatch(/numbers +complete/);
    expect((await withoutProc(['resume', 'numbers'])).stdout).toContain('nothing to do');
  });
});

describe('PROGRESS.txt', () => {
  test('that a kill between the last two records left behind is brought up to date by a resume', async () => {
    await complete();
    const text = await read('PROGRESS.txt');
    await writeFile(path('PROGRESS.txt'), text.replace('Status: COMPLETE', 'Status: RUNNING'));
    expect((await resumed()).firsts).toEqual([]);
  });

  test('that is gone is written again', async () => {
    await complete();
    await rm(path('PROGRESS.txt'));
    expect((await resumed()).firsts).toEqual([]);
  });
});
