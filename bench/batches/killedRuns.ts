import { readFileSync, rmSync } from 'node:fs';
import { waitFor } from '@milepost/testing/waitFor';
import { memoryPeakMbOf } from '../app/processUse.ts';
import { middle, timed } from '../speed/pairs.ts';
import { besideByRatio, duration, ratioResult, type SpeedResult } from '../speed/result.ts';
import { parseWorkLog } from './joblog.ts';
import { notWhole, tornInPlace } from './judge.ts';
import { killTree } from './killTree.ts';
import { launch, milepost, parallel, type Runner, runToEnd } from './runners.ts';
import { batchFolder, expectedHashes, outputsOf, scripts, type Work } from './work.ts';

const PAIRS = 5;
const JOBS = 2;
const WORK: Work = { batches: 40, items: 40_000 };
const SLOW: Work = { batches: 6, items: 4000 };

interface Killed {
  resumeMs: number;
  /** Of the process that starts the batches, when half of them were done. */
  memoryMb: number;
  torn: number;
  again: number;
  wrong: number;
}

/** SIGKILL for everything at half, then a resume; in turn with parallel. */
export async function killedAtHalf(under: string, agent: string): Promise<SpeedResult[]> {
  const expected = expectedHashes(batchFolder(under, WORK, scripts.plain));
  const one = async (runner: Runner): Promise<Killed> => {
    const folder = batchFolder(under, WORK, scripts.plain);
    const outputs = () => outputsOf(folder, expected, (first) => runner.fileOf(folder, first));
    const { child, ended } = launch(runner.start(folder, JOBS), under);
    await waitFor('half of the batches', () => runner.done(folder) >= WORK.batches / 2, { everyMs: 5 });
    const memoryMb = memoryPeakMbOf(child.pid ?? 0);
    killTree(child.pid ?? 0);
    await ended;
    const torn = tornInPlace(outputs()).length;
    const resumeMs = await timed(() => runToEnd(runner.resume(folder, JOBS), under));
    const { starts } = parseWorkLog(readFileSync(folder.log, 'utf8'));
    const wrong = notWhole(outputs()).length;
    rmSync(folder.dir, { recursive: true });
    return { resumeMs, memoryMb, torn, again: starts - WORK.batches, wrong };
  };
  const pairs: { ours: Killed; theirs: Killed }[] = [];
  for (let pair = 0; pair <= PAIRS; pair += 1) {
    const measured = { ours: await one(milepost(agent)), theirs: await one(parallel('--resume')) };
    if (pair > 0) pairs.push(measured);
  }
  const ours = (of: (killed: Killed) => number) => middle(pairs.map((pair) => of(pair.ours)));
  const theirs = (of: (killed: Killed) => number) => middle(pairs.map((pair) => of(pair.theirs)));
  const all = (side: 'ours' | 'theirs', of: (killed: Killed) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair[side]), 0);
  const time = {
    oursMs: ours(({ resumeMs }) => resumeMs),
    bareMs: theirs(({ resumeMs }) => resumeMs),
    ratio: middle(pairs.map((pair) => pair.ours.resumeMs / pair.theirs.resumeMs)),
  };
  const [oursTorn, theirsTorn] = [all('ours', ({ torn }) => torn), all('theirs', ({ torn }) => torn)];
  const [oursWrong, theirsWrong] = [all('ours', ({ wrong }) => wrong), all('theirs', ({ wrong }) => wrong)];
  const again = [all('ours', (killed) => killed.again), all('theirs', (killed) => killed.again)] as const;
  const kills = `${PAIRS} kills`;
  return [
    {
      ...ratioResult(
        'everything killed by SIGKILL at half: the resume to its end, against parallel --joblog --resume',
        time,
        null,
        `${WORK.batches} batches of awk, ${JOBS} at a time; of ${kills} each, ${oursWrong} outputs were wrong at the end with Milepost, ${theirsWrong} with parallel`,
      ),
      beside: besideByRatio('GNU parallel', 'finishing after SIGKILL at half', time.ratio),
    },
    {
      what: 'batches done again after such a kill, against parallel --joblog --resume',
      ours: `${again[0]} in ${kills}`,
      against: `${again[1]} in ${kills}`,
      measured: `${(again[0] / PAIRS).toFixed(1)} a kill`,
      goal: `${JOBS} a kill`,
      met: again[0] <= JOBS * PAIRS,
      note: `${JOBS} run at a time, so ${JOBS} are lost at most`,
    },
    {
      what: 'files cut off under their final names after such a kill, until the resume mends them',
      ours: `${oursTorn} in ${kills}`,
      against: `${theirsTorn} in ${kills}`,
      measured: String(oursTorn),
      goal: '0',
      met: oursTorn === 0,
      note: 'by a redirection into the final file, as one writes it; a rename in each command avoids it',
      beside: {
        peer: 'GNU parallel',
        task: `half-written files that look like results, after ${kills}`,
        ahead: oursTorn < theirsTorn ? 'milepost' : oursTorn > theirsTorn ? 'peer' : 'same',
        by: '',
      },
    },
    {
      what: 'memory of the process that starts the batches, at half',
      ours: `${ours(({ memoryMb }) => memoryMb).toFixed(0)} MB`,
      against: `${theirs(({ memoryMb }) => memoryMb).toFixed(0)} MB`,
      measured: `${ours(({ memoryMb }) => memoryMb).toFixed(0)} MB`,
      goal: null,
      met: true,
      note: 'the most it had: Node against Perl',
      beside: besideByRatio(
        'GNU parallel',
        'memory while batches run',
        middle(pairs.map((pair) => pair.ours.memoryMb / pair.theirs.memoryMb)),
      ),
    },
  ];
}

/** SIGKILL for the scheduler alone: what it had started lives on, and the resume comes at once. */
export async function killedAlone(under: string, agent: string): Promise<SpeedResult> {
  const expected = expectedHashes(batchFolder(under, SLOW, scripts.plain));
  const one = async (runner: Runner) => {
    const folder = batchFolder(under, SLOW, scripts.slow);
    const { child, ended } = launch(runner.start(folder, JOBS), under);
    await waitFor('a third of the batches', () => runner.done(folder) >= JOBS, { everyMs: 5 });
    await waitFor('the next to run', () => parseWorkLog(readFileSync(folder.log, 'utf8')).starts >= 2 * JOBS);
    process.kill(child.pid ?? 0, 'SIGKILL');
    await ended;
    const ms = await timed(() => runToEnd(runner.resume(folder, JOBS), under));
    const { starts, ends } = parseWorkLog(readFileSync(folder.log, 'utf8'));
    const wrong = notWhole(outputsOf(folder, expected, (first) => runner.fileOf(folder, first))).length;
    rmSync(folder.dir, { recursive: true });
    return { ms, starts, twice: ends - SLOW.batches, wrong };
  };
  const ours = await one(milepost(agent));
  const theirs = await one(parallel('--resume'));
  const wrong = `wrong at the end: ${ours.wrong} with Milepost, ${theirs.wrong} with parallel`;
  return {
    what: 'batches worked out twice at the same time, after SIGKILL for the scheduler alone and a resume at once',
    ours: String(ours.twice),
    against: String(theirs.twice),
    measured: String(ours.twice),
    goal: '0',
    met: ours.twice === 0,
    note: `of ${SLOW.batches} batches of a second, ${JOBS} at a time; the resume took ${duration(ours.ms)} against ${duration(theirs.ms)}; Milepost ends what the killed one left, with parallel both write to the same file; ${wrong}`,
    beside: {
      peer: 'GNU parallel',
      task: 'batches that two write at once, after a kill of the scheduler',
      ahead: ours.twice < theirs.twice ? 'milepost' : ours.twice > theirs.twice ? 'peer' : 'same',
      by: '',
    },
  };
}
