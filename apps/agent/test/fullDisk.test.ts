import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planAnswerSchema } from '@milepost/shared/answers';
import { jobStatusSchema } from '@milepost/shared/state';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { type AgentHome, makeAgentHome, numbers } from './agent.ts';
import { type Gated, makeGated } from './gated.ts';

// A disk that is really full: a small tmpfs. What is written there can also be cut short in the middle.

let home: AgentHome;
let gated: Gated;
let disk: string;
let mounted = false;
beforeEach(async () => {
  home = await makeAgentHome();
  gated = await makeGated(home.dir);
  disk = join(home.dir, 'disk');
  await mkdir(disk);
});
afterEach(async () => {
  if (mounted) execFileSync('umount', [disk]);
  mounted = false;
  await home.remove();
});

function mountOrSkip(ctx: TestContext): void {
  if (process.platform !== 'linux') ctx.skip('tmpfs is of Linux');
  if (process.getuid?.() !== 0) ctx.skip('only root can mount a small disk');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]);
  mounted = true;
}

const PAGE = 4096;
const freePages = () => Number(statfsSync(disk).bavail);

/** Fills the disk until so many pages are left; the agent takes and gives back some of its own meanwhile. */
async function fill(pagesLeft: number): Promise<void> {
  const filler = join(disk, 'filler');
  await waitFor(`${pagesLeft} pages to be left`, () => {
    const size = existsSync(filler) ? statSync(filler).size : 0;
    const more = freePages() - pagesLeft;
    if (more > 0) appendFileSync(filler, Buffer.alloc(more * PAGE, 'x'));
    else if (more < 0) truncateSync(filler, size + more * PAGE);
    return freePages() === pagesLeft;
  });
}

const run = (retries: string) => [
  ...['run', '--name', 'numbers', '--dir', 'disk/out', '--total', '3000', '--every', '1000', '--ext', '.txt'],
  ...['--retries', retries, '--merge', 'concat', '--', ...gated.command],
];
const full = /the disk is full \(ENOSPC\)|No space left on device/;

describe('a full disk', () => {
  test('fails the job with a clear message; the reserve is given for the last records', async (ctx) => {
    mountOrSkip(ctx);
    // The second batch leaves not one page free, and not even its own pid file, which would give one back.
    const command = `if [ {start} = 1000 ] && [ ! -e go ]; then
      rm "$(dirname "$MILEPOST_PROGRESS")/pid"; head -c 2M /dev/zero > disk/filler; exit 1; fi
      seq {start} $(({end} - 1))`;
    const ended = await home.milepost([...run('0').slice(0, -gated.command.length), 'sh', '-c', command]);
    const reserve = join(disk, 'out', '.milepost', 'reserve');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(
      /^FAILED: batch 1000 to 1999 failed: the disk is full \(ENOSPC\): it exited with 1: .*No space left on device/m,
    );
    // Written although nothing was free.
    expect(existsSync(reserve)).toBe(false);
    expect(await home.progress('disk/out')).toMatchObject({
      status: 'failed',
      completed: 1000,
      problem: null,
    });
    const status = jobStatusSchema.parse(
      JSON.parse((await home.milepost(['status', 'numbers', '--json'])).stdout),
    );
    expect(status).toMatchObject({ state: 'failed', completed: 1000, reason: expect.stringMatching(full) });

    await rm(join(disk, 'filler'));
    await writeFile(join(home.dir, 'go'), '');
    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(disk, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, 3000));
    expect((await stat(reserve)).size).toBe(64 * 1024);
  });

  test('fails a merge in those words too, whatever the program said of it', async (ctx) => {
    mountOrSkip(ctx);
    // It fills the disk and says nothing that anybody could understand.
    const merge = `sh -c 'if [ -e "$0" ]; then cat {inputs} > {output}; else
      head -c 2M /dev/zero > {output} 2>/dev/null; echo "code 4711" >&2; exit 3; fi' ${join(home.dir, 'go')}`;
    const start = ['run', '--name', 'numbers', '--dir', 'disk/out', '--total', '3000', '--every', '1000'];
    const ended = await home.milepost([
      ...[...start, '--ext', '.txt', '--retries', '0', '--merge', merge, '--final', 'numbers.txt'],
      ...['--', 'sh', '-c', 'seq {start} $(({end} - 1))'],
    ]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(
      /^FAILED: the merge failed: the disk is full \(ENOSPC\): .*code 4711; a resume only merges again/m,
    );
    await writeFile(join(home.dir, 'go'), '');
    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(disk, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, 3000));
  });

  for (const pages of [0, 1, 2, 3, 4, 6, 9, 14]) {
    test(`with ${pages} pages left in the middle of a job is told, readable, and resumed`, async (ctx) => {
      mountOrSkip(ctx);
      await middle(pages);
    });
  }

  async function middle(pages: number): Promise<void> {
    const job = home.start(run('0'));
    await gated.open(1000);
    await gated.started(1000);
    await fill(pages);
    await gated.open(3000);
    const ended = await job.ended;
    expect([0, 1]).toContain(ended.code);
    const said = `${ended.stdout}${ended.stderr}`;
    expect(said).not.toMatch(/^\s+at |doesn't know/m);
    if (ended.code === 1) expect(said).toMatch(full);
    await expectReadable();
    if (ended.code === 1) {
      const again = await home.milepost(['resume', 'numbers']);
      if (again.code !== 0) {
        expect(again.code).toBe(1);
        expect(`${again.stdout}${again.stderr}`).toMatch(full);
        expect(`${again.stdout}${again.stderr}`).not.toMatch(/^\s+at |doesn't know/m);
        await expectReadable();
      }
    }
    await rm(join(disk, 'filler'));
    expect(await home.milepost(['resume', 'numbers'])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(disk, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, 3000));
    expect(await home.progress('disk/out')).toMatchObject({ status: 'complete', completed: 3000 });
    expect((await gated.batches()).filter(({ first }) => first === 0)).toHaveLength(1);
  }

  async function expectReadable(): Promise<void> {
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +(failed|complete|interrupted)/);
    const plan = await home.milepost(['resume', 'numbers', '--plan', '--json']);
    expect(planAnswerSchema.parse(JSON.parse(plan.stdout))).toMatchObject({ redo: [], refused: null });
    expect((await home.progress('disk/out'))?.problem).toBeNull();
  }
});
