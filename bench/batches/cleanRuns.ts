import { rmSync } from 'node:fs';
import { inPairs, timed } from '../speed/pairs.ts';
import { besideByRatio, ratioResult, type SpeedResult } from '../speed/result.ts';
import { notWhole } from './judge.ts';
import { milepost, parallel, type Runner, runToEnd } from './runners.ts';
import { batchFolder, expectedHashes, outputsOf, scripts, type Work } from './work.ts';

const PAIRS = 5;
/** Some 50 ms each. */
const WORK: Work = { batches: 40, items: 40_000 };
/** Nothing but what starting, saving and recording takes. */
const TINY: Work = { batches: 200, items: 1 };

/** All batches without a fault: Milepost against parallel, both with a record by which they could go on. */
export async function cleanRun(under: string, agent: string, jobs: number): Promise<SpeedResult> {
  let expected: ReadonlyMap<string, string> = new Map();
  const awkMs = await timed(() => {
    expected = expectedHashes(batchFolder(under, WORK, scripts.plain));
  });
  const run = async (runner: Runner): Promise<number> => {
    const folder = batchFolder(under, WORK, scripts.plain);
    const ms = await timed(() => runToEnd(runner.start(folder, jobs), under));
    const bad = notWhole(outputsOf(folder, expected, (first) => runner.fileOf(folder, first)));
    if (bad.length > 0)
      throw new Error(`${runner.name}: ${bad.length} outputs of an undisturbed run are wrong`);
    rmSync(folder.dir, { recursive: true });
    return ms;
  };
  const pairs = await inPairs(
    () => run(milepost(agent)),
    () => run(parallel('--resume')),
    PAIRS,
  );
  const side = jobs === 1 ? 'one after the other' : `${jobs} at a time`;
  const each = (ms: number) => ((ms / WORK.batches) * jobs).toFixed(0);
  return {
    ...ratioResult(
      `${WORK.batches} batches of awk, ${side}, against parallel --joblog --resume`,
      pairs,
      null,
      `a batch: ${each(pairs.oursMs)} ms by Milepost, ${each(pairs.bareMs)} ms by parallel, of which ${(awkMs / WORK.batches).toFixed(0)} ms are the shell's and awk's own`,
    ),
    beside: besideByRatio('GNU parallel', `${WORK.batches} short batches, ${side}`, pairs.ratio),
  };
}

/** Batches that do nothing: what each of the two adds. */
export async function tinyBatches(under: string, agent: string): Promise<SpeedResult> {
  const run = async (runner: Runner): Promise<number> => {
    const folder = batchFolder(under, TINY, 'echo "$1"\n');
    const ms = await timed(() => runToEnd(runner.start(folder, 1), under));
    rmSync(folder.dir, { recursive: true });
    return ms;
  };
  const pairs = await inPairs(
    () => run(milepost(agent)),
    () => run(parallel('--resume')),
    PAIRS,
  );
  const each = (ms: number) => (ms / TINY.batches).toFixed(1);
  return {
    ...ratioResult(
      `${TINY.batches} batches of echo, against parallel --joblog --resume`,
      pairs,
      null,
      `a batch: ${each(pairs.oursMs)} ms by Milepost, ${each(pairs.bareMs)} ms by parallel, with a shell that echoes in it; the worst case, as under Speed`,
    ),
    beside: besideByRatio('GNU parallel', 'batches that do nothing: what each adds', pairs.ratio),
  };
}
