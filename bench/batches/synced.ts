import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpeedResult } from '../speed/result.ts';
import { launch, milepost, parallel, type Runner } from './runners.ts';
import { batchFolder, scripts, type Work } from './work.ts';

const FEW: Work = { batches: 10, items: 100 };
const MORE: Work = { batches: 30, items: 100 };

/** How often each of the two asks the disk to hold what it wrote, by strace; what wasn't asked for a power cut may take. */
export async function syncsOfBatch(under: string, agent: string): Promise<SpeedResult> {
  const perBatch = async (runner: Runner) => {
    const few = await syncs(under, runner, FEW);
    const more = await syncs(under, runner, MORE);
    return (more - few) / (MORE.batches - FEW.batches);
  };
  const ours = await perBatch(milepost(agent));
  const theirs = await perBatch(parallel('--resume'));
  return {
    what: 'fsyncs that a saved batch has behind it, against parallel --joblog --resume',
    ours: ours.toFixed(1),
    against: theirs.toFixed(1),
    measured: ours.toFixed(1),
    goal: null,
    met: true,
    note: 'its output, its folder and the ledger; counted by strace. What has none can be lost or empty after a power cut although it is recorded as done; a power cut itself is not measured here',
  };
}

async function syncs(under: string, runner: Runner, work: Work): Promise<number> {
  const folder = batchFolder(under, work, scripts.plain);
  const trace = join(folder.dir, 'trace.txt');
  const argv = [
    'strace',
    '-f',
    '-qq',
    '-e',
    'trace=fsync,fdatasync',
    '-o',
    trace,
    ...runner.start(folder, 1),
  ];
  const { code, said } = await launch(argv, under).ended;
  if (code !== 0) throw new Error(`strace ended with ${code}: ${said}`);
  return readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => /\bf(data)?sync\(/.test(line)).length;
}
