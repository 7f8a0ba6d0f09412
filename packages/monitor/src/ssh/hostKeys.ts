import { readFile } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { writeFileAtomic } from '../atomicFile.ts';
import type { Problem } from '../view.ts';
import type { ResolvedHost } from './configOutput.ts';
import {
  fingerprintOf,
  type HostKeyVerdict,
  judgeHostKey,
  type KnownHost,
  knownHostsName,
  knownKeyTypes,
  parseKnownHosts,
  typeOfKey,
} from './knownHosts.ts';

/** An unknown host key, for a person to compare and accept or not. */
export interface HostKeyQuestion {
  destination: string;
  /** As known_hosts has it: `host` or `[host]:port`, or the alias. */
  name: string;
  keyType: string;
  /** `SHA256:...` */
  fingerprint: string;
}

export interface HostKeyOptions {
  /** Milepost's own known_hosts file, where accepted keys are kept; undefined: nothing is kept. */
  acceptedKeysFile: string | undefined;
  /** Asked about an unknown key, never about a changed one; undefined: unknown keys are refused. */
  confirmHostKey: ((question: HostKeyQuestion) => Promise<boolean>) | undefined;
}

/** Decides on the key that one host shows. */
export interface HostKeyCheck {
  /** What to offer to the server, best first: types that the host is known by come before the others. */
  algorithms: ServerHostKeyAlgorithm[];
  /** True: go on. The same key is asked about only once, also when the connection exchanges keys again. */
  decide(key: Uint8Array): Promise<boolean>;
  /** Why the last key was refused. */
  refusal(): Problem | null;
  /** The last key where it was refused for being unknown. */
  question(): HostKeyQuestion | null;
}

/** ssh2's defaults without SHA-1 (`ssh-rsa`) and DSA. */
const OFFERED: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** The algorithms to offer to a host that is known by keys of `types`: ssh2 itself doesn't put known ones first. */
export function orderHostKeyAlgorithms(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: ServerHostKeyAlgorithm): boolean =>
    types.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  return [...OFFERED.filter(isKnown), ...OFFERED.filter((algorithm) => !isKnown(algorithm))];
}

/** Reads the known_hosts files that hold for a host. A file that is not there holds nothing. */
export async function loadHostKeyCheck(
  destination: string,
  host: ResolvedHost,
  options: HostKeyOptions,
): Promise<HostKeyCheck> {
  const name = knownHostsName(host.hostname, host.port, host.hostKeyAlias);
  const own = options.acceptedKeysFile === undefined ? [] : [options.acceptedKeysFile];
  const entries: KnownHost[] = [];
  for (const file of [...host.userKnownHostsFiles, ...host.globalKnownHostsFiles, ...own]) {
    entries.push(...parseKnownHosts(await readText(file), file));
  }
  // A key noted without its port counts for any port of the host, as it does for ssh; only as a known one.
  const plainName = host.hostKeyAlias === null ? host.hostname.toLowerCase() : name;
  const judge = (key: Uint8Array): HostKeyVerdict => {
    const verdict = judgeHostKey(entries, name, key);
    if (verdict.kind !== 'unknown' || plainName === name) return verdict;
    const plain = judgeHostKey(entries, plainName, key);
    return plain.kind === 'known' || plain.kind === 'revoked' ? plain : verdict;
  };
  const types = knownKeyTypes(entries, name);

  let accepted: Buffer | undefined;
  let refusal: Problem | null = null;
  let question: HostKeyQuestion | null = null;
  return {
    algorithms: orderHostKeyAlgorithms(types.length > 0 ? types : knownKeyTypes(entries, plainName)),
    refusal: () => refusal,
    question: () => question,
    async decide(key) {
      const blob = Buffer.from(key);
      if (accepted?.equals(blob) === true) return true;
      const keyType = typeOfKey(blob) ?? 'unknown type';
      const fingerprint = fingerprintOf(blob);
      const verdict = judge(blob);
      const unknown = { destination, name, keyType, fingerprint };
      if (verdict.kind === 'unknown' && options.confirmHostKey !== undefined) {
        if (await options.confirmHostKey(unknown)) {
          if (options.acceptedKeysFile !== undefined) {
            await keepAcceptedKey(options.acceptedKeysFile, `${name} ${keyType} ${blob.toString('base64')}`);
          }
          accepted = blob;
          return true;
        }
      }
      if (verdict.kind === 'known') {
        accepted = blob;
        return true;
      }
      question = verdict.kind === 'unknown' ? unknown : null;
      refusal = problemOf(verdict, destination, name, keyType, fingerprint);
      return false;
    },
  };
}

function problemOf(
  verdict: Exclude<HostKeyVerdict, { kind: 'known' }>,
  destination: string,
  name: string,
  keyType: string,
  fingerprint: string,
): Problem {
  switch (verdict.kind) {
    case 'unknown':
      return {
        kind: 'host-key-unknown',
        what: `The host key of ${destination} (${name}) is not known: ${keyType} ${fingerprint}`,
        next: `Compare it with the host's own, then accept it here or connect once with “ssh ${destination}”.`,
      };
    case 'changed':
      return {
        kind: 'host-key-changed',
        what: `The host key of ${destination} (${name}) has changed: it showed ${keyType} ${fingerprint}, and line ${verdict.line} of ${verdict.file} has another. Somebody may be listening in, or the address went to another machine.`,
        next: `If the machine was replaced, remove that line (ssh-keygen -R '${name}' -f '${verdict.file}'). For addresses that move, set HostKeyAlias to the instance's ID.`,
      };
    case 'revoked':
      return {
        kind: 'host-key-revoked',
        what: `The host key of ${destination} (${name}) is revoked by line ${verdict.line} of ${verdict.file}: ${keyType} ${fingerprint}`,
        next: 'Ask whoever runs the host for its new key. Nothing is sent to it until then.',
      };
  }
}

async function keepAcceptedKey(file: string, line: string): Promise<void> {
  const before = await readText(file);
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  await writeFileAtomic(file, `${before}${gap}${line}\n`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // Absent, or a folder, or not ours to read: then it says nothing of any host, and an unknown host is refused.
    return '';
  }
}
