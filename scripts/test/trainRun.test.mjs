import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPython } from '../python.mjs';
import { projectRoot } from '../runScript.mjs';
import { makeExampleHome, until } from './exampleHome.mjs';

const python = { name: 'python3', file: findPython(['numpy']) ?? '/usr/bin/python3', held: 'exit 1' };
// `said` stands in it so that a failure shows it.
const well = { code: 0, said: expect.any(String) };

/** @typedef {Awaited<ReturnType<typeof makeExampleHome>>} ExampleHome */
/** @type {ExampleHome} */
let home;
/** @type {Buffer} */
let undisturbed;

beforeAll(async () => {
  home = await makeExampleHome('train', python);
  // Without Milepost.
  expect(await home.run('python3 train.py')).toEqual(well);
  undisturbed = weights();
});
afterAll(() => home?.remove());

const weights = () => readFileSync(join(home.cwd, 'weights.npz'));

/**
 * Trains by the command until something is saved, kills whoever holds the job, and trains on to the end.
 *
 * @param {string} command
 * @param {string} resume
 * @param {string} folder the job's
 */
async function killAndResume(command, resume, folder) {
  rmSync(join(home.cwd, 'weights.npz'));
  const progress = () => home.progressIn(folder);
  const completed = () => Number(/^Progress: (\d+)/.exec(progress())?.[1] ?? 0);
  const ended = home.start(command);
  await until('twelve epochs', () => completed() >= 12);
  home.killHolder(folder);
  await ended;
  expect(completed()).toBeLessThan(60);
  expect(await home.run(resume)).toEqual(well);
  expect(progress()).toMatch(/^Progress: 60\/60 \(100%\)[\s\S]*Status: COMPLETE[\s\S]*Runs: 2/);
  expect(weights().equals(undisturbed)).toBe(true);
}

it("unchanged, by the README's own command: killed and resumed, it ends with the same weights", async () => {
  const command = home.readmeCommand().replace('--slow 1', '--slow 0.1');
  await killAndResume(command, 'milepost resume train', 'results');
  // It went on from a checkpoint, and not from the start.
  const log = readFileSync(join(home.results, '.milepost/output.log'), 'utf8');
  expect(log).toMatch(/going on after epoch \d+/);
  expect(home.progressIn('results')).toContain('From: "Epoch 60/60"');
}, 240_000);

it('with two lines in it, killed and started again, it ends with the same weights', async () => {
  copyFileSync(join(projectRoot, 'clients/python/milepost.py'), join(home.cwd, 'milepost.py'));
  const line = 'python3 train_milepost.py --every 1s --slow 0.1';
  await killAndResume(line, line, 'milepost-train_milepost');
}, 240_000);
