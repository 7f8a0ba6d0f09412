import type { Clock } from './clock.ts';
import { type Connect, type HostConnection, LinkError } from './hostConnection.ts';
import { type AgentFacts, askAgentVersion, askClock, askHost, type HostFacts } from './hostFacts.ts';
import type { Problem } from './view.ts';

export interface OpenConnection {
  connection: HostConnection;
  facts: HostFacts;
}

/** The one kept connection to a host, with what was asked when it was opened. */
export interface KeptConnection {
  /** True while a connection stands: the next {@link KeptConnection.open} costs nothing, and may find it dead. */
  readonly isOpen: boolean;
  /**
   * The open connection, or a new one; calls at the same time share one attempt. Throws a {@link LinkError}.
   * `isPersons`: see {@link Connect}.
   */
  open(options?: { isPersons: boolean }): Promise<OpenConnection>;
  /** Asks the host of the open connection for its clock again. True: it is another one than was held. */
  askClock(): Promise<boolean>;
  /** Ends the connection or the attempt; resolves when nothing of it is left. It may be opened again. */
  discard(): Promise<void>;
}

export interface KeptConnectionOptions {
  destination: string;
  connect: Connect;
  clock: Clock;
  execDeadlineMs: number;
  /** False: it is asked for only where the host has no /proc, so that nothing else tells whether a run lives. */
  isAgentWanted: boolean;
}

/** The clock is known to about a round trip, and to half a second where it has no fractions. */
const SAME_CLOCK_MS = 2000;

/** How often a host whose agent can't be used is asked for it again; a person's wish is asked at once. */
const ASK_AGAIN_MS = 5 * 60_000;

export function createKeptConnection({
  destination,
  connect,
  clock,
  execDeadlineMs,
  isAgentWanted,
}: KeptConnectionOptions): KeptConnection {
  let attempt: { opening: Promise<OpenConnection>; abort: AbortController } | null = null;
  let open: OpenConnection | null = null;
  /** The last answer that the host's agent gave: where its list of jobs is doesn't change by its silence. */
  let known: AgentFacts['agent'] = null;
  /** The agent that gave no answer is not asked again before then. */
  let silent: { problem: Problem; untilSteady: number } | null = null;
  let askedSteady = 0;

  async function openNew(signal: AbortSignal, isPersons: boolean): Promise<OpenConnection> {
    const first = await openOnce(signal, isPersons, isPersons);
    if (!first.connection.isClosed) return first;
    // A connection that the network ended says nothing of the agent.
    if (silent === null) throw new LinkError(first.facts.problem ?? lostProblem(destination));
    // The agent never answered, and the connection went with it: the host is watched without it for a while.
    return await openOnce(signal, isPersons, false);
  }

  async function openOnce(
    signal: AbortSignal,
    isPersons: boolean,
    isSilentAsked: boolean,
  ): Promise<OpenConnection> {
    const connection = await connect(destination, signal, { isPersons });
    const close = (): void => void connection.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      if (signal.aborted) throw new LinkError(lostProblem(destination));
      const facts = await askHost(connection, clock, {
        execDeadlineMs,
        askAgent: async (bootId) =>
          isAgentWanted || (await bootId) === null
            ? await askAgent(connection, isSilentAsked)
            : { agent: null, problem: null },
      });
      return { connection, facts };
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async function askAgent(connection: HostConnection, isSilentAsked: boolean): Promise<AgentFacts> {
    if (silent !== null && clock.steady() < silent.untilSteady && !isSilentAsked) {
      return { agent: known, problem: silent.problem };
    }
    silent = null;
    askedSteady = clock.steady();
    const found = await askAgentVersion(connection, execDeadlineMs);
    if (found.agent !== null) known = found.agent;
    const kind = found.problem?.kind;
    if (found.problem !== null && (kind === 'timeout' || kind === 'exec-flood')) {
      silent = { problem: found.problem, untilSteady: clock.steady() + ASK_AGAIN_MS };
    }
    return found;
  }

  /** An agent that was put there, mended or updated since is found without a new connection. */
  async function withFreshAgent(held: OpenConnection, isPersons: boolean): Promise<OpenConnection> {
    const { connection, facts } = held;
    const isUsable = !isAgentWanted || (facts.agent !== null && facts.problem === null);
    if (isUsable || (!isPersons && clock.steady() - askedSteady < ASK_AGAIN_MS)) return held;
    const found = await askAgent(connection, isPersons);
    if (connection.isClosed) throw new LinkError(found.problem ?? lostProblem(destination));
    const fresh = { connection, facts: { ...facts, ...found } };
    if (open === held) open = fresh;
    return fresh;
  }

  return {
    get isOpen() {
      return open !== null && !open.connection.isClosed;
    },
    open({ isPersons } = { isPersons: false }) {
      if (open !== null && !open.connection.isClosed) return withFreshAgent(open, isPersons);
      if (attempt !== null) return attempt.opening;
      const abort = new AbortController();
      const opening = openNew(abort.signal, isPersons)
        .then((opened) => {
          if (abort.signal.aborted) {
            void opened.connection.close();
            throw new LinkError(lostProblem(destination));
          }
          open = opened;
          return opened;
        })
        .finally(() => {
          if (attempt?.abort === abort) attempt = null;
        });
      attempt = { opening, abort };
      return opening;
    },
    async askClock() {
      const current = open;
      if (current === null) return false;
      const { connection, facts } = current;
      const told = await askClock(connection, clock, execDeadlineMs);
      if (told === null || open !== current) return false;
      open = { connection, facts: { ...facts, clock: told } };
      const { clock: held } = facts;
      if (held === null) return true;
      return Math.abs(told.hostAt - held.hostAt - (told.steady - held.steady)) > SAME_CLOCK_MS;
    },
    async discard() {
      const under = attempt;
      const opened = open;
      attempt = null;
      open = null;
      under?.abort.abort();
      await Promise.allSettled([under?.opening, opened?.connection.close()]);
    },
  };
}

function lostProblem(destination: string): Problem {
  return { kind: 'connection-lost', what: `The connection to ${destination} broke.`, next: null };
}
