import { homedir, userInfo } from 'node:os';
import { cleanText } from '@milepost/shared/text';
import { type ConnectAttempt, LinkError, type WritableConnect } from '../hostConnection.ts';
import { resolveHost } from './config.ts';
import type { ResolvedHost } from './configOutput.ts';
import { createConnection } from './connection.ts';
import { guardFlood } from './floodGuard.ts';
import { type HostKeyQuestion, loadHostKeyCheck } from './hostKeys.ts';
import { gatherIdentities } from './identities.ts';
import { createKeyMemory } from './keyMemory.ts';
import { aborted, type OpenClient, openClient } from './openClient.ts';
import { expandProxyCommand, proxyCommandWay } from './proxyCommand.ts';
import { splitProxyJump } from './proxyJump.ts';
import { directWay, PairStream, type Way } from './way.ts';

export interface SshOptions {
  /** An ssh config file in place of the person's own. */
  configFile?: string;
  /** Milepost's own known_hosts file, where keys that the person accepted are kept. */
  acceptedKeysFile?: string;
  /** Asked about an unknown host key; without it unknown keys are refused. */
  confirmHostKey?: (question: HostKeyQuestion) => Promise<boolean>;
  /**
   * Asked for the passphrase of an encrypted key that is needed: once, and again only when a person wishes. Null: the
   * key is not used. Kept in memory only.
   */
  passphrase?: (keyFile: string) => Promise<string | null>;
  /** The ssh program that resolves the configuration; default `ssh`. Where there is none the files are read here. */
  sshPath?: string;
  /** For name, TCP, key exchange and authentication together, not counting time a person is asked; default 15 s. */
  readyDeadlineMs?: number;
  /** For each SFTP call; default 10 s. */
  callDeadlineMs?: number;
  /** Default 15 s; four of them without an answer end the connection. */
  keepaliveMs?: number;
  env?: Readonly<Record<string, string | undefined>>;
  homeDir?: string;
}

/** More hosts one behind the other than anybody has: a configuration that goes in a circle. */
const MAX_HOPS = 8;

/** A host to open, and how it was come to. */
interface Stop {
  /** As the person, or a ProxyJump, names it. */
  destination: string;
  user: string | null;
  port: number | null;
  /** What is before it by the ProxyJump that named it; null: its own configuration says. */
  before: string | null;
  hops: number;
}

/** Connections over ssh2, to hosts as the person's ssh configuration has them. */
export function createSshConnect(options: SshOptions = {}): WritableConnect {
  const env = options.env ?? process.env;
  const homeDir = options.homeDir ?? homedir();
  const readyDeadlineMs = options.readyDeadlineMs ?? 15_000;
  const keys = createKeyMemory(options.passphrase);

  async function open(stop: Stop, attempt: ConnectAttempt, signal: AbortSignal): Promise<OpenClient> {
    const { destination } = stop;
    const { isPersons, onStage } = attempt;
    const resolved = await resolveHost(destination, {
      configFile: options.configFile,
      sshPath: options.sshPath ?? 'ssh',
      timeoutMs: readyDeadlineMs,
      signal,
      expansion: { homeDir, localUser: userInfo().username, env },
      user: stop.user,
      port: stop.port,
    });
    const host =
      stop.before === null ? resolved : { ...resolved, proxyJump: stop.before, proxyCommand: null };
    onStage?.({
      kind: 'resolved',
      hostname: host.hostname,
      port: host.port,
      user: host.user,
      by: host.proxyJump ?? (host.proxyCommand === null ? null : firstWord(host.proxyCommand)),
    });
    const hostKeys = await loadHostKeyCheck(destination, host, {
      acceptedKeysFile: options.acceptedKeysFile,
      confirmHostKey: options.confirmHostKey,
    });
    const asking = { count: 0 };
    const identities = await gatherIdentities(host, {
      env,
      openKey: (file, text) => keys.open(file, text, isPersons),
      onAsk: (isAsking) => {
        asking.count += isAsking ? 1 : -1;
      },
    });
    if (signal.aborted) throw aborted(destination);
    const way = await wayTo(stop, host, attempt, signal);
    return await openClient({
      destination,
      host,
      way,
      hostKeys,
      identities,
      asking,
      readyDeadlineMs,
      keepaliveMs: options.keepaliveMs ?? 15_000,
      signal,
      onStage,
    });
  }

  async function wayTo(
    stop: Stop,
    host: ResolvedHost,
    attempt: ConnectAttempt,
    signal: AbortSignal,
  ): Promise<Way> {
    const onNamed = (): void => attempt.onStage?.({ kind: 'named' });
    // Whoever is on the way looks the name up.
    if (host.proxyJump !== null) {
      onNamed();
      return await wayThrough(stop, host.proxyJump, host, attempt, signal);
    }
    if (host.proxyCommand === null) return directWay(host.hostname, host.port, onNamed);
    onNamed();
    const expanded = expandProxyCommand(host.proxyCommand, {
      hostname: host.hostname,
      port: host.port,
      user: host.user,
      originalHost: stop.destination.slice(stop.destination.lastIndexOf('@') + 1),
    });
    if (expanded.kind === 'ok') return proxyCommandWay(expanded.command, env);
    throw proxyFault(stop, `Its ProxyCommand can't be run: ${expanded.reason}.`);
  }

  async function wayThrough(
    stop: Stop,
    proxyJump: string,
    host: ResolvedHost,
    { isPersons }: ConnectAttempt,
    signal: AbortSignal,
  ): Promise<Way> {
    const split = splitProxyJump(proxyJump);
    if (split.kind === 'failed') throw proxyFault(stop, `Its ProxyJump can't be used: ${split.reason}`);
    if (stop.hops >= MAX_HOPS) {
      throw proxyFault(
        stop,
        'Its ProxyJump goes through itself, or through more hosts than are followed.',
        'In ~/.ssh/config, give the jump host “ProxyJump none”.',
      );
    }
    const { hop } = split;
    let jump: OpenClient;
    try {
      jump = await open(
        { destination: hop.host, user: hop.user, port: hop.port, before: split.before, hops: stop.hops + 1 },
        { isPersons },
        signal,
      );
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      const { problem, refused, question } = error;
      const isTold = problem.what.startsWith(ON_THE_WAY) || problem.kind === 'aborted';
      const what = isTold ? problem.what : `${ON_THE_WAY}${stop.destination}: ${problem.what}`;
      throw new LinkError({ ...problem, what }, refused, question);
    }
    return await forward(stop, jump, hop.host, host, readyDeadlineMs, signal);
  }

  return async (destination, signal, attempt) => {
    const stop = { destination, user: null, port: null, before: null, hops: 0 };
    const common = { destination, callDeadlineMs: options.callDeadlineMs ?? 10_000 };
    return createConnection(await open(stop, attempt ?? { isPersons: false }, signal), {
      ...common,
      connectApart: async (ending) =>
        createConnection(await open(stop, { isPersons: false }, ending), common),
    });
  };
}

const ON_THE_WAY = 'On the way to ';

/** A ProxyCommand may hold anything; its program alone says what is on the way. */
function firstWord(command: string): string {
  return cleanText(command.trim().split(/\s+/)[0] ?? '', 80);
}

function proxyFault(stop: Stop, what: string, next = 'Mend it in ~/.ssh/config.'): LinkError {
  return new LinkError({ kind: 'proxy', what: `${stop.destination}: ${cleanText(what, 300)}`, next }, true);
}

/** A way through a host that is logged in to; that connection ends with it. */
function forward(
  stop: Stop,
  { client, way, lastError }: OpenClient,
  through: string,
  { hostname, port }: ResolvedHost,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Way> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const fail = (error: LinkError): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      way.destroy();
      void way.gone.then(() => reject(error));
    };
    const problem = (reason: string): LinkError =>
      new LinkError({
        kind: 'jump-refused',
        what: `${through} did not connect to ${stop.destination} (${hostname} port ${port}): ${cleanText(reason)}`,
        next: `Is ${stop.destination} running, and does ${through} allow forwarding (AllowTcpForwarding)?`,
      });
    const giveUp = (): void => fail(aborted(stop.destination));
    const timer = setTimeout(() => fail(problem('no answer in time')), deadlineMs);
    signal.addEventListener('abort', giveUp, { once: true });
    client.once('close', () => fail(lastError() ?? problem('the connection broke')));
    client.forwardOut('127.0.0.1', 0, hostname, port, (error, channel) => {
      if (error) {
        fail(problem(error.message));
        return;
      }
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      const stream = new PairStream(channel, channel);
      const flood = guardFlood(way.stream, () => way.destroy());
      channel.on('data', () => flood.asked());
      const closed = new Promise<void>((done) => stream.once('close', () => done()));
      client.once('close', () => stream.destroy());
      const end = (): void => {
        stream.destroy();
        way.destroy();
      };
      void closed.then(end);
      resolve({
        stream,
        destroy: end,
        gone: Promise.all([closed, way.gone]).then(() => undefined),
        lastWords: () => way.lastWords(),
      });
    });
  });
}
