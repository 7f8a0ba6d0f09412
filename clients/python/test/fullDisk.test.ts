import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { planAnswerSchema } from '@milepost/shared/answers';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { numbers } from '../../../apps/agent/test/agent.ts';
import { atBatch, GATED, makePythonHome, type PythonHome, startedBatches } from './pythonHome.ts';

// A disk that is really full: a small tmpfs. What is written there can also be cut short in the middle.

let home: PythonHome;
let disk: string;
let mounted = false;
beforeEach(async () => {
  home = await makePythonHome();
  disk = join(home.dir, 'disk');
  await mkdir(disk);
});
afterEach(async () => {
  if (mounted) execFileSync('umount', ['-l', disk]);
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

/** Fills the disk until so many pages are left; the program takes and gives back some of its own meanwhile. */
async function fill(pagesLeft: number): Promise<void> {
  const filler = join(disk, 'filler');
  const freePages = () => Number(statfsSync(disk).bavail);
  await waitFor(`${pagesLeft} pages to be left`, () => {
    const size = existsSync(filler) ? statSync(filler).size : 0;
    const more = freePages() - pagesLeft;
    if (more > 0) appendFileSync(filler, Buffer.alloc(more * PAGE, 'x'));
    else if (more < 0) truncateSync(filler, size + more * PAGE);
    return freePages() === pagesLeft;
  });
}

const TOTAL = 3000;
const SOURCE = GATED.replace('"out", total=300, every=100', `"disk/out", total=${TOTAL}, every=1000`);
const full = /the disk is full \(ENOSPC\)|No space left on device/;

async function expectReadable(): Promise<void> {
  expect((await home.agent.milepost(['list'])).stdout).toMatch(/out +(failed|complete|interrupted)/);
  const plan = await home.agent.milepost(['resume', 'out', '--plan', '--json']);
  expect(planAnswerSchema.parse(JSON.parse(plan.stdout))).toMatchObject({ redo: [], refused: null });
  expect((await home.agent.progress('disk/out'))?.problem).toBeNull();
}

describe('a full disk', () => {
  test('fails the job with a clear message; the reserve is given for the last records', async (ctx) => {
    mountOrSkip(ctx);
    await home.write('gen.py', SOURCE);
    const program = home.start(['gen.py']);
    await home.open(1000);
    await atBatch(home, 1000);
    await fill(0);
    await home.open(TOTAL);
    const ended = await program.ended;
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^milepost: Could not .*: the disk is full \(ENOSPC\)$/m);
    expect(ended.stderr).not.toContain('Traceback');
    const reserve = join(disk, 'out', '.milepost', 'reserve');
    expect(existsSync(reserve)).toBe(false);
    expect(await home.agent.progress('disk/out')).toMatchObject({
      status: 'failed',
      completed: 1000,
      message: expect.stringMatching(/^batch 1000 to 1999 failed: Could not /),
    });
    await expectReadable();
    await rm(join(disk, 'filler'));
    expect(await home.run(['gen.py'])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(disk, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, TOTAL));
    expect(statSync(reserve).size).toBe(64 * 1024);
  });

  for (const pages of [1, 2, 3, 4, 6, 9, 14]) {
    test(`with ${pages} pages left in the middle of a job is told, readable, and gone on with`, async (ctx) => {
      mountOrSkip(ctx);
      await home.write('gen.py', SOURCE);
      const program = home.start(['gen.py']);
      await home.open(1000);
      await atBatch(home, 1000);
      await fill(pages);
      await home.open(TOTAL);
      for (const ended of [await program.ended, await home.run(['gen.py'])]) {
        expect([0, 1]).toContain(ended.code);
        expect(ended.stderr).not.toContain('Traceback');
        if (ended.code === 1) expect(ended.stderr).toMatch(full);
        await expectReadable();
      }
      await rm(join(disk, 'filler'));
      expect(await home.run(['gen.py'])).toMatchObject({ code: 0 });
      expect(readFileSync(join(disk, 'out', 'numbers.txt'), 'utf8')).toBe(numbers(0, TOTAL));
      expect(await home.agent.progress('disk/out')).toMatchObject({ status: 'complete', completed: TOTAL });
      expect(startedBatches(home).filter(({ first }) => first === 0)).toHaveLength(1);
    });
  }

  // What a library says of a full disk may be anything: numpy tells how much it wrote.
  const WRITES = 'lambda path: numpy.ones(400_000).tofile(path)';
  const FULL = 'the disk is full (ENOSPC)';
  const PLAIN =
    /^milepost: .*: the disk is full \(ENOSPC\)\. Make room there and start again: it goes on behind/m;

  async function reasonOf(source: string, folder: string): Promise<string | null | undefined> {
    await home.write('gen.py', `import errno, os, numpy, milepost\n${source}`);
    expect((await home.run(['gen.py'])).code).toBe(1);
    return home.runs(folder).flatMap((record) => (record.kind === 'end' ? [record.reason] : []))[0];
  }

  test('is told as that whatever the library says that writes a batch, a result or a state', async (ctx) => {
    mountOrSkip(ctx);
    const job = 'job = milepost.Job("disk/out", total=1, final="all")\nfor b in job.batches():\n    ';
    await home.write('gen.py', `import numpy, milepost\n${job}job.save(b, ${WRITES})\n`);
    const ended = await home.run(['gen.py']);
    expect(ended.stderr).toMatch(PLAIN);
    // And the traceback, as ever.
    expect(ended.stderr).toMatch(/^OSError: 400000 requested and \d+ written/m);
    const reason = expect.stringMatching(
      /^batch 0 to 0 failed: the disk is full \(ENOSPC\): OSError: 400000 requested and \d+ written$/,
    );
    expect(home.runs('disk/out').at(-1)).toMatchObject({ outcome: 'failed', reason });
    expect(await home.agent.progress('disk/out')).toMatchObject({ status: 'failed', message: reason });

    await home.write(
      'gen.py',
      `import numpy, milepost\n${job}job.save(b, b"x")\njob.merge(lambda _, path: (${WRITES})(path))\n`,
    );
    expect((await home.run(['gen.py'])).stderr).toMatch(PLAIN);
    expect(home.runs('disk/out').at(-1)).toMatchObject({
      reason: expect.stringMatching(
        /^the merge failed: the disk is full \(ENOSPC\): OSError: .*; a resume only merges again$/,
      ),
    });
    await home.write(
      'train.py',
      `import numpy, milepost\nmilepost.checkpoint(1, ${WRITES}, dir="disk/t", now=True)`,
    );
    expect((await home.run(['train.py'])).stderr).toMatch(PLAIN);
    expect(home.runs('disk/t').at(-1)).toMatchObject({
      reason: expect.stringMatching(/^the disk is full \(ENOSPC\): OSError: 400000 requested/),
    });
  });

  test('is told first where a long path would push it out, and for an error that came of it', async (ctx) => {
    mountOrSkip(ctx);
    const long = join('disk', 'long'.repeat(50));
    await home.write('gen.py', '');
    expect(
      await reasonOf(
        `job = milepost.Job("${long}", total=1)\nfor b in job.batches(): job.save(b, bytes(2 ** 21))`,
        long,
      ),
    ).toMatch(/^batch 0 to 0 failed: the disk is full \(ENOSPC\): Could not write /);
    const wrapped = `
for b in milepost.Job("disk/w", total=1).batches():
    try:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
    except OSError as error:
        raise RuntimeError("no cache") from error
`;
    expect(await reasonOf(wrapped, 'disk/w')).toBe(
      'batch 0 to 0 failed: the disk quota is used up (EDQUOT): RuntimeError: no cache',
    );
    expect(
      await reasonOf(
        'for _ in milepost.track([1], dir="disk/l"): open("disk/x", "wb").write(bytes(2 ** 21))',
        'disk/l',
      ),
    ).toBe(`${FULL}: OSError: [Errno 28] No space left on device`);
  });

  test('says what to do where a job can not even begin', async (ctx) => {
    mountOrSkip(ctx);
    await fill(0);
    await home.write('gen.py', SOURCE);
    const ended = await home.run(['gen.py']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^milepost: Could not .*: the disk is full \(ENOSPC\)\nMake room there and start again: it goes on behind the last checkpoint\.\n$/,
    );
  });
});
