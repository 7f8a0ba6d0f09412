import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { PartMeasured } from '../page/record.ts';
import { measureParts } from '../speed/measureParts.ts';
import { middle } from '../speed/pairs.ts';
import { besideByRatio, type SpeedResult } from '../speed/result.ts';

const run = promisify(execFile);

const ITEMS = 1_000_000;
const ROUNDS = 9;

const measuredSchema = z.object({
  bare: z.array(z.number()),
  tqdm: z.array(z.number()),
  track: z.array(z.number()),
  version: z.string(),
  python: z.string(),
});

/**
 * Measures what an item costs in a loop with `milepost.track`, beside tqdm in the same process.
 *
 * @param python that has tqdm
 */
export async function compareTrack(root: string, only: string, python: string): Promise<PartMeasured> {
  return measureParts(root, only, [['an-item', (dir) => anItem(dir, python)]]);
}

async function anItem(dir: string, program: string): Promise<SpeedResult> {
  // Relative to the project's folder, in which the bench runs.
  const script = join(process.cwd(), 'bench/track/iterate.py');
  const client = join(process.cwd(), 'clients/python');
  const { stdout } = await run(program, [script, client, `${ITEMS}`, `${ROUNDS}`], {
    cwd: dir,
    env: {
      ...process.env,
      XDG_STATE_HOME: join(dir, 'state'),
      PYTHONDONTWRITEBYTECODE: '1',
      MILEPOST_PROGRESS: '',
    },
  });
  const { bare, tqdm, track, version, python } = measuredSchema.parse(JSON.parse(stdout));
  const ratio = middle(track.map((one, at) => one / (tqdm[at] ?? Number.NaN)));
  return {
    what: 'an item of a loop in Python, beside tqdm',
    ours: `${middle(track).toFixed(0)} ns`,
    against: `${middle(tqdm).toFixed(0)} ns`,
    measured: `${ratio.toFixed(2)} x`,
    goal: '1 x',
    met: ratio <= 1,
    note: `Python ${python}, tqdm ${version} into a file that goes nowhere, ${ITEMS / 1e6} million items, ${ROUNDS} rounds in turn; the bare loop takes ${middle(bare).toFixed(0)} ns an item`,
    beside: besideByRatio('tqdm', 'an item of a loop in Python', ratio),
  };
}
