import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import SSHConfig, { type Line } from 'ssh-config';
import type { Expansion } from './configOutput.ts';
import { matchesGlob } from './knownHosts.ts';

export interface ConfigQuestion {
  /** The host as the person named it, without a user. */
  host: string;
  user: string | null;
  port: number | null;
  /** Stands in place of the person's file and the system's. */
  configFile: string | undefined;
  expansion: Expansion;
}

/** Of most options the first value counts; of these every one. */
const LISTS: ReadonlySet<string> = new Set(['identityfile', 'certificatefile']);
const MAX_DEPTH = 16;
const MAX_FILES = 500;

interface Walk extends ConfigQuestion {
  values: Map<string, string[]>;
  filesLeft: number;
}

/**
 * What `ssh -G` would print of the options that matter here, for machines without an ssh: `Host`, `Match` (but `exec`
 * and `canonical`, which never match) and `Include`. Throws where a file can't be read or understood.
 */
export async function computeConfig(question: ConfigQuestion): Promise<string> {
  const { configFile, expansion, host } = question;
  const walk: Walk = { ...question, values: new Map(), filesLeft: MAX_FILES };
  if (question.user !== null) walk.values.set('user', [question.user]);
  if (question.port !== null) walk.values.set('port', [String(question.port)]);
  const own = join(expansion.homeDir, '.ssh/config');
  const files = configFile === undefined ? [own, '/etc/ssh/ssh_config'] : [configFile];
  for (const file of files) await readInto(walk, file, true, 0, configFile === file);
  const defaults: [string, string[]][] = [
    ['hostname', [host]],
    ['user', [expansion.localUser]],
    ['port', ['22']],
    ['identityfile', ['rsa', 'ecdsa', 'ed25519'].map((type) => `~/.ssh/id_${type}`)],
    ['identitiesonly', ['no']],
    ['userknownhostsfile', ['~/.ssh/known_hosts ~/.ssh/known_hosts2']],
    ['globalknownhostsfile', ['/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2']],
  ];
  for (const [key, value] of defaults) if (!walk.values.has(key)) walk.values.set(key, value);
  // A ProxyJump and a ProxyCommand exclude each other: the first one counts.
  for (const key of walk.values.keys()) {
    if (key === 'proxyjump') walk.values.delete('proxycommand');
    else if (key === 'proxycommand') walk.values.delete('proxyjump');
  }
  const lines: string[] = [];
  for (const [key, values] of walk.values) {
    for (const value of values) lines.push(`${key} ${key === 'hostname' ? hostnameOf(value, host) : value}`);
  }
  return `${lines.join('\n')}\n`;
}

function hostnameOf(value: string, host: string): string {
  return value.replace(/%([%h])/g, (_whole, token: string) => (token === 'h' ? host : '%'));
}

async function readInto(
  walk: Walk,
  file: string,
  isActive: boolean,
  depth: number,
  mustBeThere: boolean,
): Promise<void> {
  if (depth > MAX_DEPTH) throw new Error(`the files include each other too deeply (${file})`);
  walk.filesLeft -= 1;
  if (walk.filesLeft < 0) throw new Error(`more than ${MAX_FILES} files are included`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!mustBeThere) return;
    throw error;
  }
  await take(walk, SSHConfig.parse(text), await realpath(file), isActive, depth);
}

async function take(
  walk: Walk,
  lines: readonly Line[],
  file: string,
  isActive: boolean,
  depth: number,
): Promise<void> {
  for (const line of lines) {
    if (line.type !== SSHConfig.DIRECTIVE) continue;
    const key = line.param.toLowerCase();
    if ('config' in line) {
      const isMatch =
        key === 'host' ? matchesAny(wordsOf(line.value), walk.host) : matches(walk, lineWords(line));
      await take(walk, line.config, file, isActive && isMatch, depth);
    } else if (key === 'include') {
      if (!isActive) continue;
      for (const word of wordsOf(line.value)) {
        for (const included of await expandInclude(word, file, walk.expansion.homeDir)) {
          await readInto(walk, included, true, depth + 1, false);
        }
      }
    } else if (isActive) {
      const value = wordsOf(line.value).join(' ');
      const held = walk.values.get(key);
      if (held === undefined) walk.values.set(key, [value]);
      else if (LISTS.has(key) && !held.includes(value)) held.push(value);
    }
  }
}

type Value = Extract<Line, { param: string }>['value'];

/** The words of a directive, quotes taken off. */
export function wordsOf(value: Value): string[] {
  if (typeof value !== 'string') return value.map(({ val }) => val);
  return (value.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));
}

/** The words of a Match line, as they stand in the file. */
function lineWords(line: Extract<Line, { param: string }>): string[] {
  if (!('criteria' in line)) return wordsOf(line.value);
  return Object.entries(line.criteria).flatMap(([name, value]) => [name, wordsOf(value).join(',')]);
}

function matchesAny(patterns: readonly string[], name: string): boolean {
  let isMatch = false;
  for (const pattern of patterns.flatMap((word) => word.toLowerCase().split(','))) {
    if (pattern.startsWith('!')) {
      if (matchesGlob(pattern.slice(1), name.toLowerCase())) return false;
    } else if (matchesGlob(pattern, name.toLowerCase())) isMatch = true;
  }
  return isMatch;
}

function matches(walk: Walk, words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]?.toLowerCase() ?? '';
    const isNegated = word.startsWith('!');
    const name = isNegated ? word.slice(1) : word;
    if (name === 'all' || name === '') continue;
    at += 1;
    const value = criterionValue(walk, name);
    const isMatch = value !== null && matchesAny([words[at] ?? ''], value);
    if (isMatch === isNegated) return false;
  }
  return true;
}

/** Null: what is asked for is not known here (`exec`, `canonical`, `final`, ...), and never matches. */
function criterionValue(walk: Walk, name: string): string | null {
  switch (name) {
    case 'host':
      return hostnameOf(walk.values.get('hostname')?.[0] ?? walk.host, walk.host);
    case 'originalhost':
      return walk.host;
    case 'user':
      return walk.values.get('user')?.[0] ?? walk.expansion.localUser;
    case 'localuser':
      return walk.expansion.localUser;
    default:
      return null;
  }
}

/** The files that a word of an Include means; a relative one lies in ~/.ssh, or beside the system's file. */
export async function expandInclude(word: string, from: string, homeDir: string): Promise<string[]> {
  const home = word.replace(/^~(?=\/|$)/, homeDir);
  const base = from.startsWith('/etc/ssh/') ? '/etc/ssh' : join(homeDir, '.ssh');
  const path = isAbsolute(home) ? home : join(base, home);
  if (!/[*?]/.test(path)) return [path];
  const folder = dirname(path);
  // Patterns in the last part only, as people have them: `config.d/*`.
  if (/[*?]/.test(folder)) return [];
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => !name.startsWith('.') && matchesGlob(basename(path), name))
    .sort()
    .map((name) => join(folder, name));
}
