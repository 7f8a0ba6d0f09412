import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '@milepost/testing/waitFor';

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

/** What still runs out of this folder ends by itself, such as an answer that nobody waits for any more; or is ended. */
export async function endAllOf(folder: string, limitMs = 5000): Promise<void> {
  const left = async (): Promise<number[]> =>
    (await listProcesses()).filter(({ command }) => command.includes(folder)).map(({ pid }) => pid);
  const areGone = async (): Promise<boolean> => (await left()).length === 0;
  await waitFor('them to end', areGone, { limitMs, everyMs: 50 }).catch(async () => {
    for (const pid of await left()) signal(pid, 'SIGKILL');
    await waitFor('them to be gone', areGone);
  });
}

/** SIGKILL for a process and all that it started. It stands still meanwhile, so that it starts nothing more. */
export async function killFamily(pid: number): Promise<void> {
  signal(pid, 'SIGSTOP');
  for (const member of familyOf(pid, await listProcesses())) signal(member, 'SIGKILL');
}

/** One that has gone meanwhile is no error. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
