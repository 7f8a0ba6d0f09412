import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockOwnerSchema } from '@milepost/checkpoint/lock';
import { parseProgress } from '@milepost/shared/progress/parse';
import type { Progress } from '@milepost/shared/progress/progress';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { ensureAgentBuilt } from '../../../scripts/ensureBuilt.mjs';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  pid: number;
  ended: Promise<Ended>;
}

export interface StartOptions {
  cwd?: string;
  /** Replaces the whole environment. */
  env?: Record<string, string>;
  /** A command that runs the agent's own command line, which is put behind it: `strace -f`, `unshare ...`. */
  through?: readonly string[];
  /** As the leader of a process group of its own. */
  detached?: boolean;
}

/** A folder with its own registry, and the built agent to run in it. */
export interface AgentHome {
  dir: string;
  env: Record<string, string>;
  /** Starts the agent. */
  start(args: readonly string[], options?: StartOptions): Started;
  /** Runs it to its end. */
  milepost(args: readonly string[], options?: StartOptions): Promise<Ended>;
  progress(folder: string): Promise<Progress | undefined>;
  checkpoints(folder: string): Promise<string[]>;
  /** Kills the agent that holds the job with SIGKILL, and returns when it is gone. */
  killHolder(folder: string): Promise<void>;
  remove(): Promise<void>;
}

export async function makeAgentHome(): Promise<AgentHome> {
  const agent = await ensureAgentBuilt();
  const temp = await makeTempDir();
  const dir = join(temp.path, 'work');
  await mkdir(dir);
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: temp.path,
    XDG_STATE_HOME: join(temp.path, 'state'),
    LANG: 'C.UTF-8',
  };
  const running = new Set<number>();

  function start(args: readonly string[], options: StartOptions = {}): Started {
    const [program = process.execPath, ...rest] = [
      ...(options.through ?? []),
      process.execPath,
      agent,
      ...args,
    ];
    const child = spawn(program, rest, {
      cwd: options.cwd ?? dir,
      env: options.env ?? env,
      detached: options.detached ?? false,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const { pid } = child;
    if (pid === undefined) throw new Error('The agent did not start.');
    running.add(pid);
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (code, signal) => {
        running.delete(pid);
        resolve({ code, signal, stdout, stderr });
      }),
    );
    return { child, pid, ended };
  }

  async function progress(folder: string): Promise<Progress | undefined> {
    const text = await readFile(join(dir, folder, 'PROGRESS.txt'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : parseProgress(text);
  }

  return {
    dir,
    env,
    start,
    milepost: (args, options) => start(args, options).ended,
    progress,
    checkpoints: async (folder) =>
      (await readdir(join(dir, folder))).filter((name) => name.startsWith('checkpoint_')).sort(),
    async killHolder(folder) {
      const lock = lockOwnerSchema.parse(
        JSON.parse(await readFile(join(dir, folder, '.milepost', 'lock'), 'utf8')),
      );
      process.kill(lock.pid, 'SIGKILL');
      await waitFor(`agent ${lock.pid} to be gone`, () => isGone(lock.pid));
    },
    async remove() {
      for (const pid of running) process.kill(pid, 'SIGKILL');
      await temp.remove();
    },
  };
}

/** Whether no process with this pid runs; a zombie runs no more. */
export async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat === '' || /\) Z /.test(stat);
}

/** `count` lines with the numbers from `first` on. */
export const numbers = (first: number, count: number) =>
  Array.from({ length: count }, (_, offset) => `${first + offset}\n`).join('');
