import { readFile } from 'node:fs/promises';

/** Whether a process with this pid lives. A zombie counts as dead: in a container nobody may reap it. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
}
