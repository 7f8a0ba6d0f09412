import type { Clock } from './clock.ts';
import { type Connect, type HostConnection, LinkError } from './hostConnection.ts';
import { askHost, type HostFacts } from './hostFacts.ts';
import type { Problem } from './view.ts';

export interface OpenSession {
  connection: HostConnection;
  facts: HostFacts;
}

/** The one kept connection to a host, with what was asked when it was opened. */
export interface HostSession {
  /** True while a connection stands: the next {@link HostSession.open} costs nothing, and may find it dead. */
  readonly isOpen: boolean;
  /**
   * The open session, or a new one; calls at the same time share one attempt. Throws a {@link LinkError}.
   * `isPersons`: see {@link Connect}.
   */
  open(options?: { isPersons: boolean }): Promise<OpenSession>;
  /** Ends the connection or the attempt; resolves when nothing of it is left. It may be opened again. */
  discard(): Promise<void>;
}

export interface HostSessionOptions {
  destination: string;
  connect: Connect;
  clock: Clock;
  execDeadlineMs: number;
}

/** For how long an agent that gave no answer is not asked again. */
const SKIP_AGENT_MS = 5 * 60_000;

export function createHostSession({
  destination,
  connect,
  clock,
  execDeadlineMs,
}: HostSessionOptions): HostSession {
  let attempt: { session: Promise<OpenSession>; abort: AbortController } | null = null;
  let open: OpenSession | null = null;
  let skipAgent: { problem: Problem; untilSteady: number } | null = null;

  async function openNew(signal: AbortSignal, isPersons: boolean): Promise<OpenSession> {
    const first = await openOnce(signal, isPersons);
    const { problem, agent } = first.facts;
    if (!first.connection.isClosed) return first;
    if (agent !== null || problem === null) throw new LinkError(lostProblem(destination));
    // The agent never answered, and the connection went with it: the host is watched without it for a while.
    skipAgent = { problem, untilSteady: clock.steady() + SKIP_AGENT_MS };
    return await openOnce(signal, isPersons);
  }

  async function openOnce(signal: AbortSignal, isPersons: boolean): Promise<OpenSession> {
    const connection = await connect(destination, signal, { isPersons });
    const close = (): void => void connection.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      if (signal.aborted) throw new LinkError(lostProblem(destination));
      if (skipAgent !== null && clock.steady() > skipAgent.untilSteady) skipAgent = null;
      const facts = await askHost(connection, clock, {
        execDeadlineMs,
        skipAgent: skipAgent?.problem ?? null,
      });
      return { connection, facts };
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  return {
    get isOpen() {
      return open !== null && !open.connection.isClosed;
    },
    open({ isPersons } = { isPersons: false }) {
      if (open !== null && !open.connection.isClosed) return Promise.resolve(open);
      if (attempt !== null) return attempt.session;
      const abort = new AbortController();
      const session = openNew(abort.signal, isPersons)
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
      attempt = { session, abort };
      return session;
    },
    async discard() {
      const under = attempt;
      const opened = open;
      attempt = null;
      open = null;
      under?.abort.abort();
      await Promise.allSettled([under?.session, opened?.connection.close()]);
    },
  };
}

function lostProblem(destination: string): Problem {
  return { kind: 'connection-lost', what: `The connection to ${destination} broke.`, next: null };
}
