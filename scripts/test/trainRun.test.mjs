import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPythonWithNumpy } from '../systemPrograms.mjs';
import { makeExampleHome, until } from './exampleHome.mjs';

const python = { name: 'python3', file: findPythonWithNumpy() ?? '/usr/bin/python3', held: 'exit 1' };
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

/** @param {string} command */
const inTenths = (command) => command.replace('--slow 1', '--slow 0.1');

/**
 * Trains by the command until something is saved, kills the agent, and trains on to the end.
 *
 * @param {string} command
 */
async function killAndResume(command) {
  rmSync(join(home.cwd, 'weights.npz'));
  rmSync(join(home.cwd, 'ckpt'), { recursive: true, force: true });
  const ended = home.start(command);
  await until('twelve epochs', () => home.completed() >= 12);
  home.killAgent();
  await ended;
  const reached = home.completed();
  expect(reached).toBeLessThan(60);
  expect(await home.run('milepost resume train')).toEqual(well);
  expect(home.progress()).toMatch(/^Progress: 60\/60 \(100%\)[\s\S]*Status: COMPLETE[\s\S]*Runs: 2/);
}

it("the README's own command, killed and resumed, ends with the weights of an undisturbed training", async () => {
  await killAndResume(inTenths(home.readmeCommand()));
  expect(weights().equals(undisturbed)).toBe(true);
  const log = readFileSync(join(home.results, '.milepost/output.log'), 'utf8');
  // It went on from a checkpoint, and not from the start.
  expect(log).toMatch(/going on after epoch \d+/);
  expect(home.progress()).toContain('From: "Epoch 60/60"');
}, 240_000);
