import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure that a person can do something about: its message says what happened and what to do next. */
export class ScriptError extends Error {}

/**
 * Whether Node was started with this module (and not another that imports it).
 *
 * @param {string} moduleUrl the module's `import.meta.url`
 */
export function isMain(moduleUrl) {
  const [, started] = process.argv;
  return started !== undefined && realpathSync(started) === fileURLToPath(moduleUrl);
}

/**
 * Runs a script's main function. A {@link ScriptError} is printed without a stack trace and ends with 1; anything
 * else is a fault of ours and keeps its trace.
 *
 * @param {() => Promise<number | undefined> | Promise<void>} main resolves with the exit code (default 0)
 */
export async function runScript(main) {
  try {
    const code = await main();
    process.exitCode = typeof code === 'number' ? code : 0;
  } catch (error) {
    if (error instanceof ScriptError) console.error(`\n${error.message}`);
    else console.error(error);
    process.exitCode = 1;
  }
}

/**
 * Runs a program without a shell and keeps what it prints (both streams, as it came).
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ ok: boolean, output: string, ended: string }>} `ended` says how, for a person
 */
export function runQuietly(command, { cwd = projectRoot, env = process.env } = {}) {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ ok: false, output, ended: error.message }));
    child.once('close', (code, signal) => {
      resolve({ ok: code === 0, output, ended: signal ? `ended by ${signal}` : `exit code ${code}` });
    });
  });
}

/** What ends a process that is not in the foreground of a terminal. */
const ENDING = /** @type {const} */ (['SIGTERM', 'SIGHUP']);

/**
 * Runs a program on this terminal. Ctrl-C reaches it by itself, other wishes to end are passed on; this process stays
 * until it has ended.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number }} [options] past `limitMs` it is ended
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, timedOut: boolean }>}
 */
export function runOnTerminal(command, { cwd = projectRoot, env = process.env, limitMs } = {}) {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
    const stay = () => {};
    process.on('SIGINT', stay);
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => void child.kill(signal);
    for (const signal of ENDING) process.on(signal, passOn);
    let timedOut = false;
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    if (limitMs !== undefined) {
      timers.push(
        setTimeout(() => {
          timedOut = true;
          child.kill('SIGTERM');
          timers.push(setTimeout(() => child.kill('SIGKILL'), 10_000));
        }, limitMs),
      );
    }
    const cleanUp = () => {
      process.off('SIGINT', stay);
      for (const signal of ENDING) process.off(signal, passOn);
      for (const timer of timers) clearTimeout(timer);
    };
    child.once('error', (error) => {
      cleanUp();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      cleanUp();
      resolve({ code, signal, timedOut });
    });
  });
}

/**
 * The end of a long output, where programs say what went wrong.
 *
 * @param {string} output
 * @param {number} [lines]
 */
export function lastLines(output, lines = 25) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** Whether this runs in continuous integration, by the `CI` variable that all services set. */
export function inCi(env = process.env) {
  const value = (env['CI'] ?? '').toLowerCase();
  return value !== '' && value !== 'false' && value !== '0';
}
