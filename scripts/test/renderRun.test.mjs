import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram } from '../findProgram.mjs';
import { findPython } from '../python.mjs';
import { makeExampleHome, until } from './exampleHome.mjs';

const python = {
  name: 'python3',
  file: findPython(['numpy']) ?? '/usr/bin/python3',
  // Slow enough to be seen in the middle of its frames, and then it doesn't end.
  held: '"$program" "$@" --slow 1; while [ -e "$hold" ]; do sleep 0.05; done; exit 1',
};

// `said` stands in it so that a failure shows it.
const well = { code: 0, said: expect.any(String) };

/** @typedef {Awaited<ReturnType<typeof makeExampleHome>>} ExampleHome */
/** @type {ExampleHome} */
let undisturbed;
/** @type {ExampleHome} */
let killed;

beforeAll(async () => {
  undisturbed = await makeExampleHome('render', python);
  killed = await makeExampleHome('render', python);
});
afterAll(() => {
  undisturbed?.remove();
  killed?.remove();
});

/**
 * What ffprobe finds when it decodes the whole video.
 *
 * @param {string} file
 * @returns {{ frames: number, seconds: number, width: number, height: number }}
 */
function probe(file) {
  const show = 'stream=width,height,nb_read_frames:format=duration';
  const args = ['-v', 'error', '-count_frames', '-show_entries', show, '-of', 'json', file];
  const said = execFileSync(findProgram('ffprobe') ?? 'ffprobe', args, { encoding: 'utf8' });
  /** @type {{ streams: { width: number, height: number, nb_read_frames: string }[], format: { duration: string } }} */
  const { streams, format } = JSON.parse(said);
  expect(streams).toHaveLength(1);
  const { width = 0, height = 0, nb_read_frames = '' } = streams[0] ?? {};
  return { frames: Number(nb_read_frames), seconds: Number(format.duration), width, height };
}

it("the README's own command renders two batches side by side, and makes a video of all frames", async () => {
  expect(await undisturbed.run(undisturbed.readmeCommand())).toEqual(well);
  expect(undisturbed.progress()).toMatch(/96\/96 \(100%\)[\s\S]*COMPLETE/);
  expect(undisturbed.mostAtOnce()).toBe(2);
  expect(probe(join(undisturbed.results, 'fractal.mp4'))).toEqual({
    frames: 96,
    seconds: 4,
    width: 160,
    height: 90,
  });
  const frames = Array.from({ length: 96 }, (_, frame) => {
    const folder = `checkpoint_${String(frame - (frame % 12)).padStart(5, '0')}`;
    return `${folder}/frame_${String(frame).padStart(5, '0')}.png`;
  });
  expect(Object.keys(undisturbed.hashes())).toEqual([...frames, 'fractal.mp4']);
}, 240_000);

it('half done it can be watched; killed and resumed it gives the same bytes, and redoes only what was in flight', async () => {
  const home = killed;
  home.holdFrom(48);
  const ended = home.start(home.readmeCommand());
  await until('half of the frames to be saved', () => home.completed() === 48);
  await until('frames in flight', () => /^In flight: [1-9]/m.test(home.progress()));
  await until('two batches to run', () => home.started().includes(60));
  expect(home.progress()).toContain('Progress: 48/96 (50.0%)');

  const partial = join(home.results, 'fractal.partial.mp4');
  expect(await home.run('milepost merge fractal --partial')).toEqual(well);
  expect(probe(partial)).toEqual({ frames: 48, seconds: 2, width: 160, height: 90 });
  const whileRunning = readFileSync(partial);

  home.killAgent();
  await ended;
  expect([...home.committed()].sort((a, b) => a - b)).toEqual([0, 12, 24, 36]);
  expect(await home.run('milepost merge fractal --partial')).toEqual(well);
  expect(readFileSync(partial).equals(whileRunning)).toBe(true);

  const before = home.started();
  home.release();
  expect(await home.run('milepost resume fractal')).toEqual(well);
  const again = home.started().slice(before.length);
  expect([...again].sort((a, b) => a - b)).toEqual([48, 60, 72, 84]);
  expect(home.progress()).toMatch(/96\/96 \(100%\)[\s\S]*COMPLETE/);
  const { 'fractal.partial.mp4': _, ...hashes } = home.hashes();
  expect(hashes).toEqual(undisturbed.hashes());
}, 240_000);
