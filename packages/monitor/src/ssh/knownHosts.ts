import { createHash, createHmac } from 'node:crypto';

/** One usable line of a known_hosts file. */
export interface KnownHost {
  marker: 'revoked' | 'cert-authority' | null;
  /** The first field as it stands: patterns with commas between them, or one hashed name. */
  hosts: string;
  /** The key's type, such as `ssh-ed25519`. */
  type: string;
  /** The key's blob in base64. */
  key: string;
  file: string;
  /** From 1. */
  line: number;
}

export type HostKeyVerdict =
  | { kind: 'known' }
  /** Nothing is known of the host. */
  | { kind: 'unknown' }
  /** The host is known by another key, `line` of `file`. */
  | { kind: 'changed'; file: string; line: number }
  | { kind: 'revoked'; file: string; line: number };

/** Reads the lines of a known_hosts file; comments and what is no entry are skipped, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  const entries: KnownHost[] = [];
  text.split('\n').forEach((raw, index) => {
    const fields = raw.trim().split(/[ \t]+/);
    let marker: KnownHost['marker'] = null;
    const head = fields[0] ?? '';
    if (head === '' || head.startsWith('#')) return;
    if (head.startsWith('@')) {
      if (head !== '@revoked' && head !== '@cert-authority') return;
      marker = head === '@revoked' ? 'revoked' : 'cert-authority';
      fields.shift();
    }
    const [hosts, type, key] = fields;
    if (hosts === undefined || type === undefined || key === undefined) return;
    if (!/^[A-Za-z0-9+/]+=*$/.test(key)) return;
    entries.push({ marker, hosts, type, key, file, line: index + 1 });
  });
  return entries;
}

/**
 * The name that a host has in known_hosts: its alias as it is, else `host`, or `[host]:port` where the port is not 22.
 */
export function knownHostsName(hostname: string, port: number, alias: string | null): string {
  if (alias !== null) return alias.toLowerCase();
  const host = hostname.toLowerCase();
  return port === 22 ? host : `[${host}]:${port}`;
}

/** True where the host field of an entry stands for `name`. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHashed(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (matchesGlob(pattern.slice(1), name)) return false;
    } else if (matchesGlob(pattern, name)) matched = true;
  }
  return matched;
}

function matchesHashed(hosts: string, name: string): boolean {
  const match = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(hosts);
  const [, salt, hash] = match ?? [];
  if (salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?` as ssh has them; the time is at most pattern times name, whatever the pattern. */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const char = pattern[inPattern];
    if (char === '*') {
      star = inPattern;
      starAt = at;
      inPattern += 1;
    } else if (char !== undefined && (char === '?' || char === name[at])) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      inPattern = star + 1;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** What the entries say of a key (its raw blob) that the host `name` showed. */
export function judgeHostKey(entries: readonly KnownHost[], name: string, key: Uint8Array): HostKeyVerdict {
  const blob = Buffer.from(key).toString('base64').replace(/=+$/, '');
  let other: KnownHost | undefined;
  let known = false;
  for (const entry of entries) {
    if (entry.marker === 'cert-authority' || !matchesHost(entry.hosts, name)) continue;
    const same = entry.key.replace(/=+$/, '') === blob;
    if (entry.marker === 'revoked') {
      if (same) return { kind: 'revoked', file: entry.file, line: entry.line };
    } else if (same) known = true;
    else other ??= entry;
  }
  if (known) return { kind: 'known' };
  return other === undefined ? { kind: 'unknown' } : { kind: 'changed', file: other.file, line: other.line };
}

/** Key types by which the host `name` is known, in the order of the entries. */
export function knownKeyTypes(entries: readonly KnownHost[], name: string): string[] {
  const types = entries.filter((entry) => entry.marker === null && matchesHost(entry.hosts, name));
  return [...new Set(types.map((entry) => entry.type))];
}

/** As ssh prints it: `SHA256:` and the unpadded base64 of the blob's hash. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key's blob names, such as `ssh-ed25519`; null where it is no key. */
export function typeOfKey(key: Uint8Array): string | null {
  if (key.length < 4) return null;
  const length = Buffer.from(key).readUInt32BE(0);
  if (length < 1 || length > 64 || key.length < 4 + length) return null;
  const type = Buffer.from(key).toString('latin1', 4, 4 + length);
  return /^[\x21-\x7e]+$/.test(type) ? type : null;
}
