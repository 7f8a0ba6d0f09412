import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepProgressFile } from '@milepost/checkpoint/progressFile';
import { describeRun, type RunState } from '@milepost/checkpoint/report';
import { formatProgress } from '@milepost/shared/progress/format';
import { bareAtomicWrite } from './bareWrite.ts';
import { inPairs, timed } from './pairs.ts';
import { ratioResult, type SpeedResult } from './result.ts';

/** So many rewrites make one measurement. */
const REWRITES = 40;
/** Batches behind the estimate that each rewrite makes. */
const BATCHES = 1000;

/** PROGRESS.txt rewritten, its estimate and text made anew, against an atomic write of the same bytes. */
export async function progressRewrite(under: string): Promise<SpeedResult> {
  const folder = join(under, 'progress');
  mkdirSync(folder, { recursive: true });
  const state = halfDone();
  const report = () => describeRun(state, performance.now(), '2026-01-01T00:00:00.000Z');
  const progress = keepProgressFile({
    path: join(folder, 'PROGRESS.txt'),
    report,
    monotonicMs: () => performance.now(),
    isOurs: () => true,
    onError: (error) => {
      throw error;
    },
  });
  const content = Buffer.from(formatProgress(report()));
  const pairs = await inPairs(
    async () => (await repeated(() => progress.flush())) / REWRITES,
    async () => (await repeated(() => bareAtomicWrite(join(folder, 'bare'), content))) / REWRITES,
  );
  const estimateMs = (await repeated(() => formatProgress(report()))) / REWRITES;
  await progress.close();
  return ratioResult(
    `PROGRESS.txt rewritten after ${BATCHES} batches, against an atomic write of the same bytes`,
    pairs,
    3,
    `${estimateMs.toFixed(2)} ms of it for the estimate and the text; it happens once a second at most`,
  );
}

async function repeated(work: () => unknown): Promise<number> {
  return await timed(async () => {
    for (let one = 0; one < REWRITES; one += 1) await work();
  });
}

function halfDone(): RunState {
  return {
    status: 'running',
    name: 'bench',
    unit: 'items',
    total: BATCHES * 200,
    jobs: 1,
    every: { items: 100 },
    host: 'host',
    runs: 1,
    earlierSeconds: 0,
    startedMs: 0,
    completed: BATCHES * 100,
    savedBytes: BATCHES * 1000,
    checkpoints: BATCHES,
    lastCheckpoint: { name: 'checkpoint_99900.npz', at: '2026-01-01T00:00:00.000Z' },
    timings: Array.from({ length: BATCHES }, (_, batch) => ({
      count: 100,
      seconds: 100 + 10 * Math.sin(batch * 12.9898),
      run: 1,
    })),
    running: new Set(),
    stage: null,
    message: null,
    warning: null,
  };
}
