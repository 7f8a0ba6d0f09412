import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JobRecord, jobRecordSchema, type RunRecord, runRecordSchema } from '@milepost/shared/job';
import { type LedgerEntry, ledgerEntrySchema } from '@milepost/shared/ledger';
import { decodeRecordLine } from '@milepost/shared/recordLine';
import { PYTHON } from '@milepost/testing/python';
import { waitFor } from '@milepost/testing/waitFor';
import { type AgentHome, type Ended, makeAgentHome, type Started } from '../../../apps/agent/test/agent.ts';

/** The folder of milepost.py. */
export const CLIENT = fileURLToPath(new URL('..', import.meta.url));

export { PYTHON };

/** {@link PYTHON}, and the oldest and newest others that are here. */
export function pythons(): string[] {
  const versions = join(homedir(), '.pyenv', 'versions');
  const minors = (existsSync(versions) ? readdirSync(versions) : [])
    .map((name) => ({ name, minor: Number(/^3\.(\d+)\.\d+$/.exec(name)?.[1]) }))
    .filter(({ minor }) => minor >= 8)
    .sort((a, b) => a.minor - b.minor)
    .map(({ name }) => join(versions, name, 'bin', 'python3'))
    .filter((path) => existsSync(path));
  return [...new Set([PYTHON, ...minors.slice(0, 1), ...minors.slice(-1)])];
}

export interface ProgramOptions {
  python?: string;
  /** Options for Python itself. */
  flags?: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  /** A command that runs the program's own command line, which is put behind it. */
  through?: readonly string[];
  /** What the program reads from its standard input. */
  input?: string;
}

/** A folder with its own registry, in which Python programs with milepost.py and the built agent run. */
export interface PythonHome {
  agent: AgentHome;
  dir: string;
  env: Record<string, string>;
  /** Writes a program; `import milepost` finds the client. Returns its path. */
  write(name: string, source: string): Promise<string>;
  start(args: readonly string[], options?: ProgramOptions): Started;
  /** Runs Python with these arguments to its end. */
  run(args: readonly string[], options?: ProgramOptions): Promise<Ended>;
  record(folder: string): JobRecord;
  ledger(folder: string): LedgerEntry[];
  runs(folder: string): RunRecord[];
  /** Writes a number to the file `gate`, for programs that wait until they may go on. */
  open(item: number): Promise<void>;
  remove(): Promise<void>;
}

export async function makePythonHome(): Promise<PythonHome> {
  const agent = await makeAgentHome();
  const { dir } = agent;
  const env = { ...agent.env, PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: '1' };
  const running = new Set<number>();

  function start(args: readonly string[], options: ProgramOptions = {}): Started {
    const [program = PYTHON, ...rest] = [
      ...(options.through ?? []),
      options.python ?? PYTHON,
      ...(options.flags ?? []),
      ...args,
    ];
    const child = spawn(program, rest, {
      cwd: options.cwd ?? dir,
      env: { ...env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${program} did not start.`);
    running.add(pid);
    const ended = new Promise<Ended>((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        running.delete(pid);
        resolve({ code, signal, stdout, stderr });
      };
      child.once('close', end);
      // What a killed program leaves behind may keep its output open.
      child.once('exit', (code, signal) => setTimeout(end, 500, code, signal));
    });
    return { child, pid, ended };
  }

  function lines<T>(folder: string, name: string, parse: (raw: unknown) => T): T[] {
    const path = join(dir, folder, '.milepost', name);
    if (!existsSync(path)) return [];
    return readFileSync(path, 'latin1')
      .split('\n')
      .slice(0, -1)
      .map((line) => parse(decodeRecordLine(line)));
  }

  async function open(item: number): Promise<void> {
    // Replaced whole: a program must never read an empty gate.
    await writeFile(join(dir, 'gate.new'), `${item}`);
    await rename(join(dir, 'gate.new'), join(dir, 'gate'));
  }
  await open(0);

  return {
    agent,
    dir,
    env,
    async write(name, source) {
      const path = join(dir, name);
      await writeFile(path, source);
      return path;
    },
    start,
    run: (args, options) => start(args, options).ended,
    record: (folder) =>
      jobRecordSchema.parse(JSON.parse(readFileSync(join(dir, folder, '.milepost', 'job.json'), 'utf8'))),
    ledger: (folder) => lines(folder, 'ledger.jsonl', (raw) => ledgerEntrySchema.parse(raw)),
    runs: (folder) => lines(folder, 'runs.jsonl', (raw) => runRecordSchema.parse(raw)),
    open,
    async remove() {
      for (const pid of running) process.kill(pid, 'SIGKILL');
      await agent.remove();
    },
  };
}

/** A job of 300 items in batches of 100; each waits until the gate is above its first item. */
export const GATED = `
import os, pathlib, sys, time
import milepost

def gate():
    return int(pathlib.Path("gate").read_text())

job = milepost.Job("out", total=300, every=100, unit="numbers", ext=".txt", final="numbers.txt")
for batch in job.batches():
    with open("started", "a") as log:
        print(batch.start, os.getpid(), file=log)
    while batch.start >= gate():
        time.sleep(0.02)
    job.save(batch, "".join(f"{n}\\n" for n in batch).encode())
print("merged", job.merge(milepost.concat))
`;

/** The batches that {@link GATED} has begun, in order. */
export function startedBatches(home: PythonHome): { first: number; pid: number }[] {
  const path = join(home.dir, 'started');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [first = -1, pid = -1] = line.split(' ').map(Number);
      return { first, pid };
    });
}

/** Waits until the gated program is at the batch with this first item. */
export function atBatch(home: PythonHome, first: number): Promise<{ first: number; pid: number }> {
  return waitFor(`the batch at ${first}`, () =>
    startedBatches(home).findLast((batch) => batch.first === first),
  );
}
