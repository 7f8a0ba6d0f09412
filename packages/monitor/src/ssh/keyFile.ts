import { typeOfKey } from './knownHosts.ts';

// What the text of a key file tells without its passphrase.

const MAGIC = 'openssh-key-v1\0';

/** The public key's blob in an OpenSSH private key, which stands there in the clear; null: it is no such file. */
export function publicBlobOf(text: string): Buffer | null {
  const match = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text);
  if (match?.[1] === undefined) return null;
  const bytes = Buffer.from(match[1], 'base64');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  let at = MAGIC.length;
  // Cipher, key derivation and its options; then how many keys, and the first public one.
  for (let field = 0; field < 3; field += 1) {
    if (at + 4 > bytes.length) return null;
    at += 4 + bytes.readUInt32BE(at);
  }
  at += 4;
  if (at + 4 > bytes.length) return null;
  const length = bytes.readUInt32BE(at);
  return at + 4 + length <= bytes.length ? bytes.subarray(at + 4, at + 4 + length) : null;
}

/** The type of the key in a public or private key file, such as `sk-ssh-ed25519@openssh.com`; null: it doesn't say. */
export function typeOfKeyText(text: string): string | null {
  const blob = publicBlobOf(text);
  if (blob !== null) return typeOfKey(blob);
  return /^\s*((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)\s+[A-Za-z0-9+/]/.exec(text)?.[1] ?? null;
}
