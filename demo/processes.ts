import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProcessLine {
  pid: number;
  parent: number;
  command: string;
}

/** Every process that lives; zombies are left out, since in a container nobody may reap them. */
export async function listProcesses(): Promise<ProcessLine[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'stat=', '-o', 'args=']);
  return parseProcesses(stdout);
}

export function parseProcesses(text: string): ProcessLine[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    if (state === undefined || state.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** A process and all that it started, itself first. */
export function familyOf(pid: number, processes: readonly ProcessLine[]): number[] {
  const family = new Set([pid]);
  // A set that grows while it is walked is walked to its end.
  for (const member of family) {
    for (const { pid: child, parent } of processes) if (parent === member) family.add(child);
  }
  return [...family];
}

/** SIGKILL; one that has gone meanwhile is no error. */
export function killAtOnce(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
