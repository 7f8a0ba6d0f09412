import { type AnyAuthMethod, type AuthenticationType, Client } from 'ssh2';
import { type ConnectStage, LinkError } from '../hostConnection.ts';
import type { LinkQuestion } from '../view.ts';
import type { ResolvedHost } from './configOutput.ts';
import type { HostKeyCheck } from './hostKeys.ts';
import type { Identities } from './identities.ts';
import { fingerprintOf, typeOfKey } from './knownHosts.ts';
import { type FaultContext, linkErrorOf, type SshFault, sshFaultOf } from './linkFault.ts';
import type { Way } from './way.ts';

export interface Opening {
  destination: string;
  host: ResolvedHost;
  way: Way;
  hostKeys: HostKeyCheck;
  identities: Identities;
  /** `count` is above 0 while somebody is waited for who is no machine: a person, or an agent that asks one. */
  asking: { count: number };
  readyDeadlineMs: number;
  keepaliveMs: number;
  signal: AbortSignal;
  onStage: ((stage: ConnectStage) => void) | undefined;
}

/** A client that is logged in. Its `error` listener stays this module's. */
export interface OpenClient {
  client: Client;
  way: Way;
  /** What the client's last error meant, for calls that end with it. */
  lastError(): LinkError | null;
}

/** How long a person may take to accept a host key, to give a passphrase or to let an agent sign. */
const PERSON_DEADLINE_MS = 90_000;
const KEEPALIVES_UNANSWERED = 3;
const ALL_REFUSED: SshFault = {
  level: 'client-authentication',
  code: null,
  message: 'everything was refused',
};

export function aborted(destination: string): LinkError {
  return new LinkError({
    kind: 'aborted',
    what: `Connecting to ${destination} was given up from this side.`,
    next: null,
  });
}

/** Logs in over a way. When it throws (a {@link LinkError}) nothing of the way is left. */
export function openClient(opening: Opening): Promise<OpenClient> {
  const { destination, host, way, hostKeys, identities, asking, signal } = opening;
  const client = new Client();
  const context: FaultContext = {
    destination,
    address: host.port === 22 ? host.hostname : `${host.hostname} port ${host.port}`,
    isAuthenticating: false,
    isReady: false,
    hostKeyRefusal: null,
    question: null,
    identityNotes: identities.notes,
    unsupported: identities.unsupported,
    methodsLeft: [],
    partialSuccess: false,
    wayWords: null,
  };
  let lastError: LinkError | null = null;

  return new Promise<OpenClient>((resolve, reject) => {
    let isSettled = false;
    const watch = watchDeadline(opening.readyDeadlineMs, asking, () =>
      fail(() => errorOf({ level: 'client-timeout', code: null, message: 'no answer in time' })),
    );
    const giveUp = (): void => fail(() => aborted(destination));
    // Keys are exchanged again while a connection stands: that is no stage.
    const tell = (stage: ConnectStage): void => {
      if (!isSettled) opening.onStage?.(stage);
    };
    const errorOf = (fault: SshFault): LinkError =>
      linkErrorOf(fault, {
        ...context,
        hostKeyRefusal: hostKeys.refusal(),
        question: questionOf(opening),
        wayWords: way.lastWords(),
      });

    /** The error is made when the way is gone: a program says why it ended only as it ends. */
    function fail(makeError: () => LinkError): void {
      if (isSettled) return;
      isSettled = true;
      watch.end();
      signal.removeEventListener('abort', giveUp);
      way.destroy();
      void way.gone.then(() => reject(makeError()));
    }

    // For ever: a late error without a listener would end the process. One attempt can emit several.
    client.on('error', (error) => {
      // An agent that won't sign only means that the next key is tried.
      const fault = sshFaultOf(error);
      if (fault.level === 'agent') return;
      lastError = errorOf(fault);
      fail(() => errorOf(fault));
      // ssh2 only says goodbye, which a server need not answer.
      if (context.isReady) way.destroy();
    });
    client.once('close', () => fail(() => errorOf(sshFaultOf('it was closed'))));
    client.once('handshake', () => {
      context.isAuthenticating = true;
    });
    client.once('ready', () => {
      if (isSettled) return;
      isSettled = true;
      context.isReady = true;
      watch.end();
      signal.removeEventListener('abort', giveUp);
      resolve({ client, way, lastError: () => lastError });
    });
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();

    try {
      client.connect({
        sock: way.stream,
        username: host.user,
        algorithms: { serverHostKey: hostKeys.algorithms },
        // Not async, and it answers nothing: ssh2 takes whatever is not `false`, a promise too, for a yes.
        hostVerifier: (key: Buffer, verify: (isValid: boolean) => void) => {
          asking.count += 1;
          tell({ kind: 'answered' });
          hostKeys
            .decide(key)
            .finally(() => {
              asking.count -= 1;
            })
            .then(
              (isAccepted) => {
                if (isAccepted === true) {
                  const keyType = typeOfKey(key) ?? 'unknown type';
                  tell({ kind: 'key-accepted', keyType, fingerprint: fingerprintOf(key) });
                }
                verify(isAccepted === true);
              },
              () => verify(false),
            )
            // Goes on with the key exchange, whose faults nobody else catches here.
            .catch((error: unknown) => fail(() => errorOf(sshFaultOf(error))));
        },
        authHandler: (
          methodsLeft: AuthenticationType[] | null,
          partialSuccess: boolean | null,
          next: (method: AnyAuthMethod) => void,
        ) => {
          context.methodsLeft = methodsLeft ?? context.methodsLeft;
          if (partialSuccess === true) context.partialSuccess = true;
          identities
            .next()
            .then((method) => {
              if (method === false) fail(() => errorOf(ALL_REFUSED));
              else if (!isSettled) next(method);
            })
            .catch((error: unknown) => fail(() => errorOf(sshFaultOf(error))));
        },
        readyTimeout: 0,
        keepaliveInterval: opening.keepaliveMs,
        keepaliveCountMax: KEEPALIVES_UNANSWERED,
      });
    } catch (error) {
      fail(() => errorOf(sshFaultOf(error)));
    }
  });
}

/** What a person could give after a refusal: of the host's key, or else of ours. */
function questionOf({ hostKeys, identities }: Opening): LinkQuestion | null {
  const key = hostKeys.question();
  if (key !== null) {
    return { kind: 'host-key', name: key.name, keyType: key.keyType, fingerprint: key.fingerprint };
  }
  const { unopened } = identities;
  if (unopened === null) return null;
  return { kind: 'passphrase', keyFile: unopened.file, isWrong: unopened.isWrong };
}

/** A deadline that stands still while a person is asked, up to {@link PERSON_DEADLINE_MS}. */
function watchDeadline(
  deadlineMs: number,
  asking: { readonly count: number },
  onDeadline: () => void,
): { end(): void } {
  const tickMs = Math.min(100, deadlineMs);
  let spentMs = 0;
  let askedMs = 0;
  const timer = setInterval(() => {
    if (asking.count > 0) askedMs += tickMs;
    else spentMs += tickMs;
    if (spentMs >= deadlineMs || askedMs >= PERSON_DEADLINE_MS) {
      clearInterval(timer);
      onDeadline();
    }
  }, tickMs);
  return { end: () => clearInterval(timer) };
}
