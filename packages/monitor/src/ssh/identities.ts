import { readFile } from 'node:fs/promises';
import { cleanText } from '@milepost/shared/text';
import { type AnyAuthMethod, type ParsedKey, utils } from 'ssh2';
import { ChosenKeysAgent, listAgentKeys, listAgentKeyTypes } from './agentKeys.ts';
import type { ResolvedHost } from './configOutput.ts';
import { publicBlobOf, typeOfKeyText } from './keyFile.ts';
import type { OpenedKey } from './keyMemory.ts';

/** Kinds of keys that OpenSSH uses and that can't be used here. */
export type UnsupportedKey = 'certificate' | 'security-key';

/** What is offered to a host, one after the other, and what could not be. */
export interface Identities {
  /** The next thing to try, or false. A passphrase is asked for only when its key's turn has come. */
  next(): Promise<AnyAuthMethod | false>;
  /** For the person, when everything was refused: which keys were offered, which could not be and why. */
  readonly notes: readonly string[];
  readonly unsupported: ReadonlySet<UnsupportedKey>;
  /** The first encrypted key whose turn came and that was not opened; null: none. */
  readonly unopened: { file: string; isWrong: boolean } | null;
}

export interface IdentityOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Opens an encrypted key, which may ask a person. */
  openKey(file: string, text: string): Promise<OpenedKey>;
  /** True while an agent signs or a passphrase is asked for, which may wait for a person. */
  onAsk(isAsking: boolean): void;
}

/** A server ends the connection at its sixth failure by default, and `none` counts for some. */
const MAX_OFFERED_KEYS = 5;
const AGENT_TIMEOUT_MS = 10_000;
const MAX_KEY_BYTES = 64 * 1024;

/**
 * Keys for a host as OpenSSH chooses them: those of the agent that an identity file names, the agent's others (unless
 * IdentitiesOnly), and the identity files themselves. `none` comes first, as with OpenSSH: some servers want no key.
 */
export async function gatherIdentities(host: ResolvedHost, options: IdentityOptions): Promise<Identities> {
  const username = host.user;
  const notes: string[] = [];
  const unsupported = new Set<UnsupportedKey>();
  let unopened: Identities['unopened'] = null;
  const loaded = await Promise.all(host.identityFiles.map(loadIdentity));
  for (const { note, unsupported: kind } of loaded) {
    if (note !== null) notes.push(note);
    if (kind !== null) unsupported.add(kind);
  }
  for (const file of host.certificateFiles) {
    unsupported.add('certificate');
    notes.push(`${file} is a certificate, which can't be used here`);
  }
  const publicBlobs = loaded.flatMap(({ publicBlob }) => (publicBlob === null ? [] : [publicBlob]));
  const ownKeys = loaded.filter(({ key, encryptedText }) => key !== null || encryptedText !== null);

  const agentSocket = host.identityAgent ?? options.env['SSH_AUTH_SOCK'] ?? 'none';
  const hasAgent = agentSocket !== 'none' && agentSocket !== '';
  let left = MAX_OFFERED_KEYS;
  let chosen: ParsedKey[] = [];
  if (hasAgent) {
    const { keys, fault } = await listAgentKeys(agentSocket, AGENT_TIMEOUT_MS);
    if (fault !== null) notes.push(fault);
    const isNamed = (key: ParsedKey): boolean => publicBlobs.some((blob) => blob.equals(key.getPublicSSH()));
    const named = keys.filter(isNamed);
    const others = host.identitiesOnly ? [] : keys.filter((key) => !isNamed(key));
    // Files of the person's own choice are kept a place: an agent full of other keys must not use up all tries.
    const room = Math.max(1, left - ownKeys.length);
    chosen = [...named, ...others].slice(0, Math.max(room, named.length));
    if (chosen.length < keys.length && !host.identitiesOnly) {
      notes.push(
        `${keys.length - chosen.length} of the agent's ${keys.length} keys were not offered (set IdentityFile and IdentitiesOnly to name the right one)`,
      );
    }
    left -= chosen.length;
  }

  async function* methods(): AsyncGenerator<AnyAuthMethod, void> {
    yield { type: 'none', username };
    if (chosen.length > 0) {
      notes.push(`${chosen.length} of the agent's keys`);
      yield { type: 'agent', username, agent: new ChosenKeysAgent(agentSocket, chosen, options.onAsk) };
    }
    for (const identity of ownKeys) {
      const { file, publicBlob } = identity;
      // The agent has offered it, and no passphrase is needed for that.
      if (publicBlob !== null && chosen.some((held) => held.getPublicSSH().equals(publicBlob))) continue;
      if (left <= 0) {
        notes.push(`${file} was not offered (too many keys before it)`);
        continue;
      }
      const key = identity.key ?? (await openEncrypted(identity));
      if (key === null) continue;
      left -= 1;
      notes.push(file);
      yield { type: 'publickey', username, key };
    }
    // All was refused: the agent may hold keys that ssh2 passes over in silence.
    if (hasAgent) await noteUnusable(agentSocket);
  }

  async function openEncrypted({ file, encryptedText }: LoadedIdentity): Promise<ParsedKey | null> {
    if (encryptedText === null) return null;
    options.onAsk(true);
    const opened = await options.openKey(file, encryptedText).finally(() => options.onAsk(false));
    if (opened.kind === 'open') return opened.key;
    unopened ??= { file, isWrong: opened.kind === 'wrong' };
    notes.push(
      opened.kind === 'wrong'
        ? `${file}: the passphrase does not open it`
        : `${file} is encrypted and its passphrase is not known (add it to the agent: ssh-add ${file})`,
    );
    return null;
  }

  async function noteUnusable(socket: string): Promise<void> {
    const types = await listAgentKeyTypes(socket, AGENT_TIMEOUT_MS);
    const certificates = types.filter((type) => CERTIFICATE.test(type)).length;
    const devices = types.filter((type) => SECURITY_KEY.test(type) && !CERTIFICATE.test(type)).length;
    if (certificates > 0) {
      unsupported.add('certificate');
      notes.push(`${certificates} of the agent's keys are certificates, which can't be used here`);
    }
    if (devices > 0) {
      unsupported.add('security-key');
      notes.push(
        `${devices} of the agent's keys are on a security device (sk-...), which can't be used here`,
      );
    }
  }

  const turns = methods();
  return {
    get unopened() {
      return unopened;
    },
    async next() {
      const turn = await turns.next();
      return turn.done === true ? false : turn.value;
    },
    notes,
    unsupported,
  };
}

const CERTIFICATE = /-cert-v0\d@openssh\.com/;
const SECURITY_KEY = /^sk-/;

interface LoadedIdentity {
  file: string;
  key: ParsedKey | null;
  publicBlob: Buffer | null;
  /** The file's text where it is a private key under a passphrase. */
  encryptedText: string | null;
  note: string | null;
  unsupported: UnsupportedKey | null;
}

async function loadIdentity(file: string): Promise<LoadedIdentity> {
  const nothing = { file, key: null, publicBlob: null, encryptedText: null, note: null, unsupported: null };
  const [text, beside, certificate] = await Promise.all([
    readKeyFile(file),
    readPublicBlob(`${file}.pub`),
    readKeyFile(`${file}-cert.pub`),
  ]);
  // Default identity files are always listed by ssh -G: one that is not there is no fault.
  if (text === null) return { ...nothing, publicBlob: beside };
  const known = {
    ...nothing,
    publicBlob: beside,
    ...(certificate === null
      ? {}
      : {
          unsupported: 'certificate' as const,
          note: `${file}-cert.pub is a certificate, which can't be used here (its key alone is offered)`,
        }),
  };
  const type = typeOfKeyText(text);
  if (type !== null && CERTIFICATE.test(type)) {
    return {
      ...known,
      unsupported: 'certificate',
      note: `${file} is a certificate, which can't be used here`,
    };
  }
  if (type !== null && SECURITY_KEY.test(type)) {
    const note = `${file} is on a security device (${type}), which can't be used here`;
    return { ...known, unsupported: 'security-key', note };
  }
  const parsed = utils.parseKey(text);
  if (parsed instanceof Error) {
    // ssh2 gives no code here; this is the adapter that may look at its words.
    if (!/encrypted/i.test(parsed.message)) {
      return { ...known, note: `${file} can't be used here: ${cleanText(parsed.message)}` };
    }
    return { ...known, publicBlob: publicBlobOf(text) ?? beside, encryptedText: text };
  }
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  // An identity file may also be a public key, which then names a key of the agent.
  return { ...known, key: key.isPrivateKey() ? key : null, publicBlob: key.getPublicSSH() };
}

async function readPublicBlob(file: string): Promise<Buffer | null> {
  const text = await readKeyFile(file);
  if (text === null) return null;
  const parsed = utils.parseKey(text);
  return parsed instanceof Error ? null : parsed.getPublicSSH();
}

async function readKeyFile(file: string): Promise<string | null> {
  try {
    const text = await readFile(file, 'utf8');
    return text.length <= MAX_KEY_BYTES ? text : null;
  } catch {
    return null;
  }
}
