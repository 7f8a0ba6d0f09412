import { resolve, sep } from 'node:path';

/** What a watcher asks of Linux itself: which boot this is, and whether a process lives. */
const OF_THE_SYSTEM =
  /^\/proc\/(?:\d{1,10}(?:\/(?:stat|exe))?|self\/ns\/pid|sys\/kernel\/(?:hostname|random\/boot_id))$/;

/** Whether a path (absolute, its links resolved) may be read over SFTP: within `home`, or one of the few of /proc. */
export function isAllowedPath(path: string, home: string): boolean {
  const plain = resolve(home, path);
  return plain === home || plain.startsWith(home + sep) || OF_THE_SYSTEM.test(plain);
}

/** Whether it is one of the few of /proc, whose links lead out by their nature. */
export function isOfTheSystem(path: string): boolean {
  return OF_THE_SYSTEM.test(path);
}
