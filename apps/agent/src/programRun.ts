import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt } from '@milepost/checkpoint/fileError';
import { readOwner } from '@milepost/checkpoint/lock';
import { jobPaths } from '@milepost/checkpoint/paths';
import { readRuns } from '@milepost/checkpoint/runsFile';
import { EXIT, type StartedAnswer } from '@milepost/shared/answers';
import type { JobRecord } from '@milepost/shared/job';
import { cleanText } from '@milepost/shared/text';
import { childEnvironment } from './childEnvironment.ts';
import { EXIT_OF_OUTCOME } from './exitCodes.ts';
import { Refusal } from './refusal.ts';
import { readTruth } from './truth.ts';

// A job whose program holds it by itself (the Python client): to resume it, the program is started again.

/** How long is waited for the program to take its job; one that loads for longer is under way all the same. */
const HELD_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

/** Why its program is not started now: it runs, or there is nothing left to do. */
export async function programState(
  dir: string,
  record: JobRecord,
): Promise<{ kind: 'resumable'; run: number } | { kind: 'complete'; answer: StartedAnswer }> {
  const { starts, last } = await readRuns(jobPaths(dir));
  const { state } = await readTruth(dir);
  if (state === 'running' || state === 'queued') throw await heldBy(dir, record);
  if (state !== 'complete' || last === null) return { kind: 'resumable', run: starts + 1 };
  const { run, runId } = last.start;
  return {
    kind: 'complete',
    answer: { version: 1, id: record.id, dir, run, runId, alreadyComplete: true },
  };
}

/**
 * Starts the program in a session of its own, with its output in the job's log, and returns once it holds its job. The
 * program writes the run's ID that it is given here into its records, so another run is never taken for this one.
 */
export async function startProgram(dir: string, record: JobRecord, run: number): Promise<StartedAnswer> {
  const { log } = jobPaths(dir);
  const runId = randomUUID();
  const output = await attempt('write', log, async () => openSync(log, 'a', 0o600));
  const child = spawnProgram(record, runId, { stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = signal === null ? `it exited with ${code}` : `it was ended by ${signal}`;
  });
  const answer: StartedAnswer = { version: 1, id: record.id, dir, run, runId, alreadyComplete: false };
  const deadline = performance.now() + HELD_WITHIN_MS;
  for (;;) {
    // Asked before the records are read, so that a short run is not taken for one that never was.
    const isOver = ended;
    const { last } = await readRuns(jobPaths(dir));
    if (last?.start.runId === runId) return finish({ ...answer, run: last.start.run });
    if (isOver !== null) throw await whyNot(dir, record, isOver);
    if (performance.now() > deadline) return finish(answer);
    await delay(LOOK_EVERY_MS);
  }

  function finish(started: StartedAnswer): StartedAnswer {
    child.unref();
    return started;
  }
}

/** Runs the program here, in the terminal, until it has ended. Returns the exit code. */
export async function runProgram(dir: string, record: JobRecord): Promise<number> {
  const runId = randomUUID();
  const child = spawnProgram(record, runId, { stdio: 'inherit', detached: false });
  // In a terminal both get the signal; elsewhere it is passed on. Either way the program decides how it ends.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', pass);
  process.on('SIGHUP', pass);
  process.on('SIGINT', ignore);
  const failure = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(null));
  });
  process.off('SIGTERM', pass);
  process.off('SIGHUP', pass);
  process.off('SIGINT', ignore);
  const { last } = await readRuns(jobPaths(dir));
  if (failure !== null) throw await whyNot(dir, record, failure);
  if (last?.start.runId !== runId) return EXIT.failed;
  return last.end === null ? EXIT.resumable : EXIT_OF_OUTCOME[last.end.outcome];
}

function ignore(): void {
  // The terminal has sent it to the program as well.
}

function spawnProgram(
  record: JobRecord,
  runId: string,
  options: { stdio: 'inherit' | ['ignore', number, number]; detached: boolean },
) {
  const { cwd, program, umask } = record.surroundings;
  const [name = '', ...args] = record.command;
  process.umask(Number.parseInt(umask, 8));
  return spawn(program ?? name, args, {
    ...options,
    cwd,
    env: { ...childEnvironment(record), MILEPOST_RESUME: '1', MILEPOST_RUN_ID: runId },
  });
}

async function whyNot(dir: string, record: JobRecord, ended: string): Promise<Refusal> {
  const { state } = await readTruth(dir);
  if (state === 'running') return heldBy(dir, record);
  return new Refusal(
    'failed',
    `The program of ${record.id} ended before it took its job: ${cleanText(ended)}.`,
    `What it printed: milepost logs ${record.id}`,
  );
}

async function heldBy(dir: string, record: JobRecord): Promise<Refusal> {
  const owner = await readOwner(jobPaths(dir).lock);
  const who = owner === null ? 'its program' : `its program on ${cleanText(owner.host)}, pid ${owner.pid}`;
  return new Refusal(
    'held',
    `The job in ${dir} is held by ${who}.`,
    `milepost status ${record.id} shows how far it is.`,
  );
}
