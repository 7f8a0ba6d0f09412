import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { attemptIfThere } from '@milepost/checkpoint/fileError';
import { readProcess } from '@milepost/checkpoint/identity';
import { parseProcStat } from '@milepost/shared/runs';
import { quoteShell } from '@milepost/shared/text';
import { Refusal } from './refusal.ts';

const run = promisify(execFile);

/** The variable by which a job's processes are known: `UID.FIRST.ATTEMPT` of its batch. */
export const ATTEMPT_VARIABLE = 'MILEPOST_ATTEMPT';

/**
 * Ends every process that a killed agent of this job left running, and returns when they are gone: two of them must
 * never work on the same batch. They are known by their environment, or by the pid and start time that they wrote
 * before their program began; so a recycled pid is never taken for one. Refused where that can't be told.
 *
 * @param scratch where each attempt's pid file lies.
 * @param uid the job's.
 * @returns the pids that were ended.
 */
export async function endLeftovers(scratch: string, uid: string): Promise<number[]> {
  const mark = `${ATTEMPT_VARIABLE}=${uid}.`;
  const ended: number[] = [];
  const find = await finderFor(process.platform);
  for (;;) {
    const found = await find(await writtenPids(scratch), mark);
    if (found.length === 0) return ended;
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone in the meantime.
      }
    }
    for (const pid of found) await untilGone(pid);
    ended.push(...found);
    // Once more: one of them may have started another in between.
  }
}

interface WrittenPid {
  path: string;
  pid: number;
  /** As {@link parseProcStat} gives it; null where there was no /proc. */
  startTime: string | null;
}

type Finder = (written: readonly WrittenPid[], mark: string) => Promise<number[]>;

async function finderFor(platform: NodeJS.Platform): Promise<Finder> {
  if (platform !== 'linux') return findByPs;
  return (await readProcess(process.pid))?.startTime ? findByProc : refuseWithoutProc;
}

/** What the attempts wrote into their pid files: the pid, then the process's line of /proc/PID/stat. */
async function writtenPids(scratch: string): Promise<WrittenPid[]> {
  const written: WrittenPid[] = [];
  for (const attempt of (await attemptIfThere('list', scratch, () => readdir(scratch))) ?? []) {
    const path = join(scratch, attempt, 'pid');
    const text = await readFile(path, 'utf8').catch(() => '');
    const pid = Number(/^\d+/.exec(text)?.[0]);
    if (!Number.isSafeInteger(pid) || pid <= 1) continue;
    written.push({ path, pid, startTime: parseProcStat(text)?.startTime ?? null });
  }
  return written;
}

async function findByProc(written: readonly WrittenPid[], mark: string): Promise<number[]> {
  const leaders = new Set<string>();
  for (const { pid, startTime } of written) {
    const facts = await readProcess(pid);
    if (facts && !facts.zombie && startTime !== null && facts.startTime === startTime) leaders.add(`${pid}`);
  }
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    if (await isLeftover(name, leaders, mark)) found.push(Number(name));
  }
  return found;
}

async function isLeftover(name: string, leaders: ReadonlySet<string>, mark: string): Promise<boolean> {
  // Others' processes can't be read, and are none of ours.
  const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
  if (environment.split('\0').some((entry) => entry.startsWith(mark))) return true;
  // A command that cleared its environment is known by its group, which is named by the pid that it wrote.
  if (leaders.size === 0) return false;
  const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
  const [state, , group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state !== 'Z' && leaders.has(group);
}

/** Where there is no /proc by design: the pids that were written, if `ps` shows the mark in their environment. */
async function findByPs(written: readonly WrittenPid[], mark: string): Promise<number[]> {
  const found: number[] = [];
  for (const { pid } of written) {
    const shown = await run('ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)]).catch(() => null);
    if (shown?.stdout.includes(mark)) found.push(pid);
  }
  return found;
}

/** A Linux whose /proc is not mounted: nobody can tell whether a living pid is still the one that was written. */
async function refuseWithoutProc(written: readonly WrittenPid[]): Promise<number[]> {
  for (const { path, pid } of written) {
    if ((await readProcess(pid)) === null) continue;
    throw new Refusal(
      'refused',
      `A killed run of this job left process ${pid}, and a process of that number still runs. Without /proc nobody can tell whether it is the same, and two must never work on one batch. Nothing was changed.`,
      `Mount /proc (mount -t proc proc /proc), or end it (kill -9 -${pid}). If it is ended or another program's: rm ${quoteShell(path)}`,
    );
  }
  return [];
}

const GONE_WITHIN_MS = 30_000;

async function untilGone(pid: number): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const facts = await readProcess(pid);
    // In a container nobody may reap it: a zombie runs nothing any more.
    if (facts === null || facts.zombie) return;
    if (performance.now() > deadline) {
      throw new Refusal(
        'failed',
        `Process ${pid}, left by an earlier run of this job, does not end (SIGKILL was sent): it may hang in the disk or the network.`,
        'Resume when it is gone, or after a restart of the host.',
      );
    }
    await delay(20);
  }
}
