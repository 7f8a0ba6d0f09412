import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { ProcessIdentity } from '@milepost/shared/job';
import { judgeProcess, type Liveness, type ProcessFacts, parseProcStat } from '@milepost/shared/runs';
import { errorCode } from './fileError.ts';

const run = promisify(execFile);

/** This process, so that others can tell whether it still lives. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const [bootId, pidNamespace, facts] = await Promise.all([
    readBootId(),
    readPidNamespace(),
    readProcess(process.pid),
  ]);
  return { host: hostname(), bootId, pid: process.pid, startTime: facts?.startTime ?? null, pidNamespace };
}

/** Whether the process that a record names lives here. */
export async function livenessOf(identity: ProcessIdentity): Promise<Liveness> {
  const [bootId, pidNamespace, facts] = await Promise.all([
    readBootId(),
    readPidNamespace(),
    readProcess(identity.pid),
  ]);
  return judgeProcess(identity, { host: hostname(), bootId, pidNamespace, process: facts });
}

async function readBootId(): Promise<string | null> {
  if (process.platform === 'darwin') return lineOf('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']);
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

async function readPidNamespace(): Promise<string | null> {
  return readlink('/proc/self/ns/pid').catch(() => null);
}

/** The process with this pid: from /proc, or from ps where there is none. Null: no such process. */
export async function readProcess(pid: number): Promise<ProcessFacts['process']> {
  try {
    return parseProcStat(await readFile(`/proc/${pid}/stat`, 'utf8')) ?? null;
  } catch {
    // Where /proc is not mounted or hides others' processes: all that can be told.
    if (process.platform === 'linux') return isPidTaken(pid) ? { startTime: null, zombie: false } : null;
    const line = await lineOf('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const match = line === null ? null : /^(\S+)\s+(.+)$/.exec(line);
    return match?.[1] === undefined
      ? null
      : { zombie: match[1].startsWith('Z'), startTime: match[2] ?? null };
  }
}

/** Whether any process has this pid now, by signal 0: also another user's, or a zombie. */
export function isPidTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function lineOf(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run(command, [...args], {
      timeout: 5000,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
    return stdout.trim() || null;
  } catch {
    return null;
  }
}
