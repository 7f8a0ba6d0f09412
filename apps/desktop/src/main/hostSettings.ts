import type { PathWatch } from '@milepost/monitor/api';
import { pathKey, watchesOf } from '@milepost/monitor/pathWatches';
import { stripTerminal } from '@milepost/shared/text';
import { type HostSettings, MAX_HOSTS, MAX_WATCHES, type Settings } from './settingsSchema.ts';

// Hosts and watches in the settings, and what a person types of them. Pure.

/** What a person typed, understood; or why it can't be used, as one sentence and what to do. */
export type Typed<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'wrong'; what: 'path' | 'command' | 'port' | 'full' };

/** The settings with the change; or why it can't be made. */
export type Changed = Typed<Settings>;

/** A host as a person pastes it: also with the `ssh` before it. */
export function typedDestination(text: string): Typed<string> {
  const word = text.trim().replace(/^ssh\s+(?=\S+$)/, '');
  // As scp and browsers have it, and ssh does not.
  if (/^[^:@/]+(?:@[^:@/]+)?:\d+$/.test(word)) return { kind: 'wrong', what: 'port' };
  return { kind: 'ok', value: word };
}

/** A command as a person typed it; null: none. */
export function typedCommand(text: string): Typed<string | null> {
  const command = text.trim();
  if (!isOneLine(command)) return { kind: 'wrong', what: 'command' };
  return { kind: 'ok', value: command === '' ? null : command };
}

/** A path and a command as a person typed them; null: nothing was typed. */
export function typedWatch(text: { path: string; resumeCommand: string }): Typed<PathWatch | null> {
  const path = text.path.trim();
  const command = typedCommand(text.resumeCommand);
  if (command.kind === 'wrong') return command;
  if (path === '')
    return command.value === null ? { kind: 'ok', value: null } : { kind: 'wrong', what: 'path' };
  // An absolute path, or one from the home folder.
  if (!isOneLine(path) || /^~[^/]/.test(path)) return { kind: 'wrong', what: 'path' };
  return { kind: 'ok', value: { path, resumeCommand: command.value } };
}

function isOneLine(text: string): boolean {
  return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) && stripTerminal(text) === text;
}

/** The settings with a host more; one that is watched already gets the watch only. */
export function withHost(settings: Settings, destination: string, watch: PathWatch | null): Changed {
  const known = settings.hosts.find((host) => host.destination === destination);
  if (known !== undefined) {
    return watch === null ? { kind: 'ok', value: settings } : withWatch(settings, known.id, watch);
  }
  if (settings.hosts.length >= MAX_HOSTS) return { kind: 'wrong', what: 'full' };
  const id = newHostId(
    destination,
    settings.hosts.map((host) => host.id),
  );
  const host: HostSettings = { id, destination, paths: [], watches: watch === null ? [] : [watch] };
  return { kind: 'ok', value: { ...settings, hosts: [...settings.hosts, host] } };
}

export function withoutHost(settings: Settings, hostId: string): Settings {
  return { ...settings, hosts: settings.hosts.filter(({ id }) => id !== hostId) };
}

/** The settings with a watch more; one of the same path is replaced. */
export function withWatch(settings: Settings, hostId: string, watch: PathWatch): Changed {
  const host = settings.hosts.find(({ id }) => id === hostId);
  if (host === undefined) return { kind: 'ok', value: settings };
  const others = host.watches.filter(({ path }) => path !== watch.path);
  if (others.length >= MAX_WATCHES) return { kind: 'wrong', what: 'full' };
  const next = {
    ...host,
    paths: host.paths.filter((path) => path !== watch.path),
    watches: [...others, watch],
  };
  return { kind: 'ok', value: withHostChanged(settings, next) };
}

export function withoutWatch(settings: Settings, key: string): Settings {
  const host = settings.hosts.find((candidate) =>
    watchesOf(candidate).some(({ path }) => pathKey(candidate.id, path) === key),
  );
  if (host === undefined) return settings;
  const stays = (path: string): boolean => pathKey(host.id, path) !== key;
  return withHostChanged(settings, {
    ...host,
    paths: host.paths.filter(stays),
    watches: host.watches.filter(({ path }) => stays(path)),
  });
}

/** The settings with another command for what is watched under this key. */
export function withResumeCommand(settings: Settings, key: string, resumeCommand: string | null): Changed {
  for (const host of settings.hosts) {
    const watch = watchesOf(host).find(({ path }) => pathKey(host.id, path) === key);
    if (watch !== undefined) return withWatch(settings, host.id, { path: watch.path, resumeCommand });
  }
  return { kind: 'ok', value: settings };
}

function withHostChanged(settings: Settings, next: HostSettings): Settings {
  return { ...settings, hosts: settings.hosts.map((host) => (host.id === next.id ? next : host)) };
}

const MAX_ID = 64;

/** An ID that is not taken, made of the host's name: what stands in keys of jobs. */
export function newHostId(destination: string, taken: readonly string[]): string {
  const host = destination.slice(destination.lastIndexOf('@') + 1);
  const plain = host.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const base = (plain === '' ? 'host' : plain).slice(0, MAX_ID - 4);
  if (!taken.includes(base)) return base;
  for (let number = 2; ; number += 1) {
    const id = `${base}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
