import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitBatch } from '@milepost/checkpoint/commit';
import type { JobPaths } from '@milepost/checkpoint/paths';
import { openRecordFile, type RecordAppender } from '@milepost/checkpoint/recordFile';
import { bareAtomicWrite, bareSyncAndRename } from './bareWrite.ts';
import { emptyJobFolder } from './jobFolders.ts';
import { inPairs, type Pairs, timed } from './pairs.ts';
import { besideByRatio, ratioResult, type SpeedResult } from './result.ts';

const SMALL = Buffer.alloc(1024, 'x');
/** So many small commits make one measurement. */
const SMALL_COMMITS = 40;

/** Steps 2 to 4 of a commit of 1 KB, against an atomic write of 1 KB. */
export async function smallCommit(under: string): Promise<SpeedResult> {
  const paths = emptyJobFolder(under);
  const ledger = await openRecordFile(paths.ledger);
  const bare = join(under, 'bare');
  mkdirSync(bare, { recursive: true });
  let next = 0;
  const pairs = await inPairs(
    async () => {
      let ms = 0;
      for (let one = 0; one < SMALL_COMMITS; one += 1) {
        // The command wrote it: that is step 1, and not measured.
        const output = join(paths.scratch, 'output');
        writeFileSync(output, SMALL);
        const index = next++;
        ms += await timed(() => commit(paths, ledger, output, index));
      }
      return ms / SMALL_COMMITS;
    },
    async () => {
      let ms = 0;
      for (let one = 0; one < SMALL_COMMITS; one += 1) {
        const path = join(bare, `checkpoint_${next++}`);
        ms += await timed(() => bareAtomicWrite(path, SMALL));
      }
      return ms / SMALL_COMMITS;
    },
  );
  await ledger.close();
  const result = ratioResult(
    'commit of 1 KB (steps 2 to 4) against write, fsync, rename, fsync of the folder',
    pairs,
    1.7,
    'three fsyncs against two, since the ledger has its own; the write itself is the command’s (step 1) and in the bare script’s time only',
  );
  return { ...result, beside: besideByRatio('write, fsync, rename', 'saving 1 KB for good', pairs.ratio) };
}

const LARGE_BYTES = 100_000_000;

/** A command that makes 100 MB and its commit, against the same command with fsync and rename. */
export async function largeCommit(under: string): Promise<SpeedResult> {
  return ratioResult(
    'a command that makes 100 MB (of /dev/urandom) and its commit, against the same with fsync and rename',
    await largePairs(under, `head -c ${LARGE_BYTES} /dev/urandom >"$1"`),
    1.5,
    'the hash is computed while the disk writes',
  );
}

/** The same with the fastest command there is, so that what the commit adds stands alone. */
export async function copyCommit(under: string): Promise<SpeedResult> {
  const source = join(under, 'source');
  writeFileSync(source, Buffer.alloc(LARGE_BYTES, 'Milepost'));
  const pairs = await largePairs(under, 'cat "$2" >"$1"', source);
  const hashMs = await timed(() => createHash('sha256').update(Buffer.alloc(LARGE_BYTES)).digest());
  rmSync(source);
  return ratioResult(
    'a command that only copies 100 MB and its commit, against the same with fsync and rename',
    pairs,
    1.5,
    `SHA-256 of 100 MB in memory takes ${hashMs.toFixed(0)} ms here: where the disk takes 100 MB faster than that, the hash is what a commit waits for`,
  );
}

async function largePairs(under: string, script: string, ...args: string[]): Promise<Pairs> {
  const paths = emptyJobFolder(under);
  const ledger = await openRecordFile(paths.ledger);
  const file = join(paths.dir, 'checkpoint');
  const write = (to: string) => command(['/bin/sh', '-c', script, 'sh', to, ...args]);
  let next = 0;
  const pairs = await inPairs(
    async () => {
      const output = join(paths.scratch, 'output');
      const index = next++;
      const ms = await timed(async () => {
        await write(output);
        await commit(paths, ledger, output, index);
      });
      rmSync(join(paths.dir, `checkpoint_${index}`));
      return ms;
    },
    async () => {
      const temporary = join(paths.scratch, 'bare');
      const ms = await timed(async () => {
        await write(temporary);
        bareSyncAndRename(temporary, file);
      });
      rmSync(file);
      return ms;
    },
  );
  await ledger.close();
  return pairs;
}

function commit(paths: JobPaths, ledger: RecordAppender, output: string, index: number) {
  return commitBatch({
    paths,
    ledger,
    output,
    file: `checkpoint_${index}`,
    batch: { index, first: index, count: 1, seconds: 1, attempt: 1 },
    at: '2026-01-01T00:00:00.000Z',
  });
}

function command([program = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, args, { stdio: 'inherit' })
      .once('error', reject)
      .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} exited with ${code}`))));
  });
}
