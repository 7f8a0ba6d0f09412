import { readdir, readFile, readlink } from 'node:fs/promises';

/** O_WRONLY or O_RDWR among the flags that /proc/PID/fdinfo shows in octal. */
const WRITES = 0o3;

/**
 * Which of the files some process of this user has open for writing, by /proc/PID/fd (proc(5)). Others' processes can't
 * be looked into. Where there is no /proc none is found, and a file's rest between two looks must do.
 *
 * @param paths real paths.
 */
export async function openForWriting(paths: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  if (paths.size === 0) return found;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (Number(pid) === process.pid) continue;
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const path = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (!paths.has(path) || found.has(path)) continue;
      const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '');
      const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
      if ((flags & WRITES) !== 0) found.add(path);
    }
  }
  return found;
}
