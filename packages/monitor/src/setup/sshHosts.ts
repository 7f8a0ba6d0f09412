import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanText } from '@milepost/shared/text';
import SSHConfig, { type Line } from 'ssh-config';
import { expandInclude, wordsOf } from '../ssh/computeConfig.ts';
import { faultOfDestination } from '../ssh/destination.ts';
import type { Problem } from '../view.ts';

/** A host that the person's ssh configuration names. */
export interface SshHost {
  /** What to connect to it by. */
  name: string;
  /** Its `HostName` and `User` where they stand beside its name, for a person to recognize it by. */
  hostname: string | null;
  user: string | null;
}

export interface SshHosts {
  /** In the order of the files, each name once. */
  hosts: SshHost[];
  /** A file that could not be read or understood; the hosts are those of the others. */
  problem: Problem | null;
}

const MAX_DEPTH = 16;
const MAX_FILES = 500;
const MAX_HOSTS = 500;

/**
 * The hosts of `~/.ssh/config`, or of `configFile` in its place, with the files that it includes. Patterns are no
 * hosts, and neither are places for git: nothing runs there. No file: no hosts.
 */
export async function findSshHosts({
  configFile,
  homeDir,
}: {
  configFile: string | null;
  homeDir: string;
}): Promise<SshHosts> {
  const found = new Map<string, SshHost>();
  let problem: Problem | null = null;
  let filesLeft = MAX_FILES;

  async function readInto(file: string, depth: number): Promise<void> {
    filesLeft -= 1;
    if (depth > MAX_DEPTH || filesLeft < 0) return;
    let lines: readonly Line[];
    let place: string;
    try {
      lines = SSHConfig.parse(await readFile(file, 'utf8'));
      place = await realpath(file);
    } catch (error) {
      if (!isAbsent(error)) problem ??= unreadable(file, error);
      return;
    }
    for (const part of partsOf(lines)) {
      if (part.kind === 'host') {
        if (found.size < MAX_HOSTS && !found.has(part.host.name)) found.set(part.host.name, part.host);
        continue;
      }
      for (const included of await expandInclude(part.word, place, homeDir)) {
        await readInto(included, depth + 1);
      }
    }
  }

  await readInto(configFile ?? join(homeDir, '.ssh/config'), 0);
  return { hosts: [...found.values()], problem };
}

type Part = { kind: 'host'; host: SshHost } | { kind: 'include'; word: string };

/** What of a file's lines names hosts or leads to more of them. An Include behind a Host line holds only for that host. */
function partsOf(lines: readonly Line[]): Part[] {
  return lines.flatMap((line): Part[] => {
    if (line.type !== SSHConfig.DIRECTIVE) return [];
    const key = line.param.toLowerCase();
    if (key === 'include') return wordsOf(line.value).map((word) => ({ kind: 'include', word }));
    if (key !== 'host' || !('config' in line)) return [];
    const names = wordsOf(line.value);
    const included = names.includes('*')
      ? partsOf(line.config).filter((part) => part.kind === 'include')
      : [];
    return [...hostsOf(names, line.config).map((host): Part => ({ kind: 'host', host })), ...included];
  });
}

function hostsOf(names: readonly string[], config: readonly Line[]): SshHost[] {
  const values = new Map<string, string>();
  for (const line of config) {
    if (line.type !== SSHConfig.DIRECTIVE || 'config' in line) continue;
    const key = line.param.toLowerCase();
    if (!values.has(key)) values.set(key, wordsOf(line.value).join(' '));
  }
  const user = values.get('user') ?? null;
  if (user === 'git') return [];
  return names
    .filter((name) => !/[*?!]/.test(name) && faultOfDestination(name) === null)
    .map((name) => {
      const hostname = values.get('hostname')?.replaceAll('%h', name) ?? null;
      return {
        name,
        hostname: hostname === null ? null : cleanText(hostname),
        user: user === null ? null : cleanText(user, 80),
      };
    });
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unreadable(file: string, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'ssh-config',
    what: cleanText(`${file} could not be read: ${reason}`, 300),
    next: 'Its hosts are not listed; type the host instead.',
  };
}
