import type { HostTarget } from '@milepost/monitor/api';

// What `milepost watch` is told to watch. Pure.

/** One TARGET of the command line. */
export type WatchTarget =
  | { kind: 'local-jobs'; text: string }
  | { kind: 'local-path'; text: string; path: string }
  | { kind: 'host'; text: string; destination: string }
  | { kind: 'host-path'; text: string; destination: string; path: string };

/** The ID under which this machine is watched. */
export const LOCAL_ID = 'local';
export const LOCAL_DESTINATION = 'localhost';

/**
 * Reads a TARGET: a host of the ssh config, `user@host`, `host:/path`, or a local path.
 *
 * @param isThere whether a local path of that name exists: a word without a slash is a path only then.
 */
export function readTarget(text: string, isThere: (path: string) => boolean): WatchTarget {
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  if (colon > 0 && (slash < 0 || colon < slash)) {
    const path = text.slice(colon + 1);
    if (path.startsWith('/') || path.startsWith('~')) {
      return { kind: 'host-path', text, destination: text.slice(0, colon), path };
    }
  }
  if (slash >= 0 || text === '.' || text === '..' || isThere(text))
    return { kind: 'local-path', text, path: text };
  return { kind: 'host', text, destination: text };
}

/** What the monitor has to watch for these targets: each host once. `resolvePath` makes a local path absolute. */
export function hostsOf(
  targets: readonly WatchTarget[],
  resolvePath: (path: string) => string,
): HostTarget[] {
  const hosts = new Map<string, { id: string; destination: string; paths: string[]; onlyPaths: boolean }>();
  for (const target of targets) {
    const isLocal = target.kind === 'local-jobs' || target.kind === 'local-path';
    const destination = isLocal ? LOCAL_DESTINATION : target.destination;
    const key = isLocal ? LOCAL_ID : `ssh ${destination}`;
    const host = hosts.get(key) ?? {
      id: isLocal ? LOCAL_ID : `host-${hosts.size + 1}`,
      destination,
      paths: [],
      onlyPaths: true,
    };
    hosts.set(key, host);
    if (target.kind === 'host' || target.kind === 'local-jobs') host.onlyPaths = false;
    if (target.kind === 'local-path') host.paths.push(resolvePath(target.path));
    if (target.kind === 'host-path') host.paths.push(target.path);
  }
  return [...hosts.values()];
}

/** Whether a job that the monitor shows belongs to a target. Paths are compared as the monitor was given them. */
export function belongsTo(
  target: WatchTarget,
  host: { id: string; destination: string },
  job: { key: string; path: string },
  resolvePath: (path: string) => string,
): boolean {
  const isLocal = host.id === LOCAL_ID;
  switch (target.kind) {
    case 'local-jobs':
      return isLocal;
    case 'host':
      return !isLocal && host.destination === target.destination;
    case 'local-path':
      return isLocal && isAt(resolvePath(target.path), host.id, job);
    case 'host-path':
      return !isLocal && host.destination === target.destination && isAt(target.path, host.id, job);
  }
}

/** By its key where it was found by path; by its folder where the registry knows it as well. */
function isAt(path: string, hostId: string, job: { key: string; path: string }): boolean {
  const folder = path.replace(/\/PROGRESS\.txt$/, '').replace(/(?<=.)\/+$/, '');
  return job.key === `${hostId}:${path}` || job.path === folder;
}
