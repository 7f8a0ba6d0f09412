import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureAgentBuilt } from '../ensureBuilt.mjs';
import { projectRoot } from '../runScript.mjs';

/**
 * A program of an example's batches, by the name that the README calls it. It runs as it is, with each start and end
 * of a batch written down; a batch from the held item on doesn't come to its end by itself.
 *
 * @typedef {object} BatchProgram
 * @property {string} name
 * @property {string} file where it really lies
 * @property {string} held shell lines that run it in a held batch: `$program` with "$@"
 */

/** @typedef {{ code: number | string | null, said: string }} Ended `said`: both outputs. */

/**
 * A copy of an example with the built agent and a registry of its own, where its README's commands are run.
 *
 * @param {string} example the name of its folder
 * @param {BatchProgram} program
 */
export async function makeExampleHome(example, program) {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), `milepost-${example}-`));
  const cwd = join(dir, example);
  const results = join(cwd, 'results');
  const hold = join(dir, 'hold');
  const log = join(dir, 'batches.log');
  // Without what somebody left who tried it there.
  cpSync(join(projectRoot, 'examples', example), cwd, {
    recursive: true,
    filter: (file) => basename(file) !== 'results',
  });
  mkdirSync(join(dir, 'bin'));
  symlinkSync(await ensureAgentBuilt(), join(dir, 'bin/milepost'));
  writeFileSync(
    join(dir, 'bin', program.name),
    `#!/bin/sh
program='${program.file}' hold='${hold}'
[ -n "\${MILEPOST_START-}" ] || exec "$program" "$@"
echo "start $MILEPOST_START" >>'${log}'
if [ -e "$hold" ] && [ "$MILEPOST_START" -ge "$(cat "$hold")" ]; then
${program.held}
else
"$program" "$@"
fi
code=$?
echo "end $MILEPOST_START" >>'${log}'
exit $code
`,
    { mode: 0o755 },
  );
  const env = {
    ...process.env,
    PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH']}`,
    XDG_STATE_HOME: join(dir, 'state'),
  };

  /** @type {Set<import('node:child_process').ChildProcess>} */
  const running = new Set();

  /** @param {string} file */
  const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

  /** @param {string} word */
  const logged = (word) =>
    read(log)
      .split('\n')
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => Number(line.split(' ')[1]));

  return {
    dir,
    cwd,
    results,

    /** The README's own commands: its first block of shell. */
    readmeCommand() {
      const found = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(cwd, 'README.md'), 'utf8'))?.[1];
      if (found === undefined) throw new Error(`${example}/README.md holds no block of shell.`);
      return found;
    },

    /**
     * Runs shell lines in the example's folder to their end.
     *
     * @param {string} line
     * @returns {Promise<Ended>}
     */
    run(line) {
      return new Promise((resolve) => {
        execFile('sh', ['-c', line], { cwd, env }, (error, stdout, stderr) =>
          resolve({ code: error ? (error.code ?? null) : 0, said: stdout + stderr }),
        );
      });
    },

    /**
     * Starts shell lines in the example's folder; resolves when they have ended.
     *
     * @param {string} line
     * @returns {Promise<void>}
     */
    start(line) {
      // A process group of its own: what is left of it in the end is ended whole.
      const child = spawn('sh', ['-c', line], { cwd, env, stdio: 'ignore', detached: true });
      running.add(child);
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', () => {
          running.delete(child);
          resolve();
        });
      });
    },

    /**
     * Batches that start from this item on are held.
     *
     * @param {number} item
     */
    holdFrom(item) {
      writeFileSync(hold, `${item}\n`);
    },
    release() {
      rmSync(hold);
    },

    /** The first items of the batches that were started so far, in the order of their starts. */
    started: () => logged('start'),
    /** The most batches that ran at one time. */
    mostAtOnce() {
      let now = 0;
      let most = 0;
      for (const line of read(log).split('\n')) {
        if (line.startsWith('start ')) now += 1;
        if (line.startsWith('end ')) now -= 1;
        most = Math.max(most, now);
      }
      return most;
    },

    progress: () => read(join(results, 'PROGRESS.txt')),
    /** Items saved so far, by PROGRESS.txt. */
    completed: () => Number(/^Progress: (\d+)/.exec(read(join(results, 'PROGRESS.txt')))?.[1] ?? 0),
    /** The first items of the committed batches, in the ledger's order. */
    committed: () =>
      read(join(results, '.milepost/ledger.jsonl'))
        .split('\n')
        .filter(Boolean)
        .map((line) => /** @type {{ first: number }} */ (JSON.parse(line)).first),

    /**
     * PROGRESS.txt of a job's folder below the example's.
     *
     * @param {string} folder
     */
    progressIn: (folder) => read(join(cwd, folder, 'PROGRESS.txt')),

    /**
     * Kills whoever holds the job in a folder below the example's with SIGKILL.
     *
     * @param {string} folder
     */
    killHolder(folder) {
      /** @type {{ pid: number }} */
      const { pid } = JSON.parse(readFileSync(join(cwd, folder, '.milepost/lock'), 'utf8'));
      process.kill(pid, 'SIGKILL');
    },
    /** Kills the agent that holds the job with SIGKILL. */
    killAgent() {
      this.killHolder('results');
    },

    /**
     * The SHA-256 of every file of the results but PROGRESS.txt and Milepost's records.
     *
     * @returns {Record<string, string>}
     */
    hashes() {
      const files = readdirSync(results, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(results, join(entry.parentPath, entry.name)))
        .filter((file) => file !== 'PROGRESS.txt' && !file.startsWith('.milepost'));
      return Object.fromEntries(
        files.sort().map((file) => [
          file,
          createHash('sha256')
            .update(readFileSync(join(results, file)))
            .digest('hex'),
        ]),
      );
    },

    remove() {
      for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/**
 * Resolves once the condition holds. The time limit only catches hangs.
 *
 * @param {string} what
 * @param {() => boolean} condition
 */
export async function until(what, condition) {
  const deadline = Date.now() + 110_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await delay(20);
  }
}
