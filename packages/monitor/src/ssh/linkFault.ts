import { cleanText } from '@milepost/shared/text';
import { LinkError } from '../hostConnection.ts';
import type { LinkQuestion, Problem } from '../view.ts';
import type { UnsupportedKey } from './identities.ts';

/** What an error of ssh2 carries beyond its message. */
export interface SshFault {
  level: string | null;
  code: string | number | null;
  message: string;
}

/** How far the connection had come, and what this side knows of the cause. */
export interface FaultContext {
  destination: string;
  address: string;
  /** The key exchange was done: what fails now before `ready` is the authentication. */
  isAuthenticating: boolean;
  isReady: boolean;
  hostKeyRefusal: Problem | null;
  /** What a person could give: trust in the key that was refused, or the passphrase of one that was needed. */
  question: LinkQuestion | null;
  /** What was offered and what could not be. */
  identityNotes: readonly string[];
  /** Kinds of keys that are there and that can't be used here. */
  unsupported: ReadonlySet<UnsupportedKey>;
  /** What the server would take, from its last refusal. */
  methodsLeft: readonly string[];
  partialSuccess: boolean;
  /** What the program that the connection runs over said at its end; null: nothing, or there is none. */
  wayWords: string | null;
}

/** A connection that was fine is gone; `how` it ended, cleaned. */
export function connectionLost(destination: string, how: string): LinkError {
  return new LinkError({
    kind: 'connection-lost',
    what: `The connection to ${destination} broke: ${how}.`,
    next: null,
  });
}

/** Reads `level` and `code` off whatever ssh2 emitted. */
export function sshFaultOf(error: unknown): SshFault {
  if (!(error instanceof Error)) return { level: null, code: null, message: String(error) };
  const level = 'level' in error && typeof error.level === 'string' ? error.level : null;
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : null;
  // ssh2 stumbles over bytes that it did not expect, and hands on what that threw.
  const isStumble = error instanceof TypeError || error instanceof RangeError;
  return { level, code, message: isStumble ? 'what the server sent makes no sense' : error.message };
}

/** SSH_DISCONNECT_PROTOCOL_ERROR and NO_MORE_AUTH_METHODS_AVAILABLE: how servers end too many tries. */
const AUTH_DISCONNECTS: readonly (string | number | null)[] = [2, 14];

/** The one place that turns what ssh2 says into what a person can do. */
export function linkErrorOf(fault: SshFault, context: FaultContext): LinkError {
  const { destination, address } = context;
  if (context.hostKeyRefusal !== null) return new LinkError(context.hostKeyRefusal, true, context.question);
  const isAuth = fault.level === 'client-authentication';
  const isHungUp = fault.level === null && AUTH_DISCONNECTS.includes(fault.code);
  if (!context.isReady && (isAuth || (context.isAuthenticating && isHungUp))) {
    return new LinkError(authProblem(fault, context), true, context.question);
  }
  if (context.wayWords !== null && !context.isReady) {
    return new LinkError({
      kind: 'proxy-command',
      what: `The ProxyCommand of ${destination} failed: ${context.wayWords}`,
      next: `Try “ssh ${destination}” in a terminal; programs that it needs must be on the PATH.`,
    });
  }
  const failed = (kind: string, what: string, next: string | null): LinkError =>
    new LinkError({ kind, what, next });
  switch (fault.level === 'client-timeout' ? 'ETIMEDOUT' : fault.code) {
    case 'ECONNREFUSED':
      return failed(
        'connection-refused',
        `${destination} (${address}) takes no SSH connections.`,
        'Is its SSH server running, and is the port right?',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return failed(
        'name-not-found',
        `The name of ${destination} (${address}) has no address.`,
        'Is this machine online, and is HostName right?',
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return failed(
        'no-route',
        `There is no way to ${destination} (${address}) from here.`,
        'Is this machine online? For a host in the same network, macOS must allow “Local Network” for this app.',
      );
    case 'ETIMEDOUT':
      return failed(
        'timeout',
        `${destination} (${address}) does not answer.`,
        'Is it running, and does its security group let this machine in?',
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return failed('connection-lost', `The connection to ${destination} (${address}) broke.`, null);
    default:
      return failed(
        fault.level === 'handshake' ? 'handshake' : 'connection-lost',
        `The connection to ${destination} (${address}) failed: ${cleanText(fault.message)}`,
        fault.level === 'handshake' ? `Try “ssh ${destination}” in a terminal.` : null,
      );
  }
}

function authProblem(fault: SshFault, context: FaultContext): Problem {
  const { destination, identityNotes, methodsLeft, partialSuccess } = context;
  const offered = identityNotes.length === 0 ? 'there is no key to offer' : identityNotes.join('; ');
  if (partialSuccess) {
    return {
      kind: 'auth-second-factor',
      what: `${destination} took the key and asks for a second factor (${cleanText(methodsLeft.join(', '))}).`,
      next: 'A second factor cannot be given while polling: allow this machine a key alone.',
    };
  }
  const tooMany = fault.level === null ? ` ${cleanText(fault.message)}.` : '';
  return {
    kind: 'auth-refused',
    what: cleanText(`${destination} refused to log in.${tooMany} Tried: ${offered}.`, 400),
    next: adviceOf(context),
  };
}

function adviceOf({ destination, unsupported, methodsLeft }: FaultContext): string {
  const plainKey = `make a plain key (ssh-keygen -t ed25519) and let the host take it (ssh-copy-id ${destination})`;
  if (unsupported.has('certificate')) return `Certificates can't be used here: ${plainKey}.`;
  if (unsupported.has('security-key')) return `Keys on a security device can't be used here: ${plainKey}.`;
  // Many servers offer Kerberos beside keys, which says nothing of why a key was refused.
  if (methodsLeft.length > 0 && !methodsLeft.includes('publickey')) {
    const others = cleanText(methodsLeft.join(', '), 100);
    if (methodsLeft.some((method) => method.startsWith('gssapi'))) {
      return `The host takes Kerberos (${others}), which can't be used here: allow PubkeyAuthentication there.`;
    }
    return `The host takes no keys (only ${others}): allow PubkeyAuthentication there.`;
  }
  return `Try “ssh ${destination}” in a terminal; if that works, name its key by IdentityFile in ~/.ssh/config.`;
}
