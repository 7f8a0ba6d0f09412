import type { HostTarget, PathWatch } from './api.ts';

// Files and folders that are watched by path. Pure.

/** What a host watches by path, each path once: one with a resume command goes before the same path alone. */
export function watchesOf({ paths, watches = [] }: Pick<HostTarget, 'paths' | 'watches'>): PathWatch[] {
  const given = [...watches, ...paths.map((path) => ({ path, resumeCommand: null }))];
  return given.filter(({ path }, index) => given.findIndex((other) => other.path === path) === index);
}

/** The key of the job that such a path becomes. */
export function pathKey(hostId: string, path: string): string {
  return `${hostId}:${path}`;
}
