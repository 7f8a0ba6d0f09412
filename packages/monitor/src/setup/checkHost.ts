import { cleanText, quoteShell } from '@milepost/shared/text';
import { LinkError, type WritableConnect, type WritableConnection } from '../hostConnection.ts';
import { askAgentVersion } from '../hostFacts.ts';
import { createRegistryReader } from '../registry.ts';
import { type FoundOnHost, withFound } from './agentStep.ts';
import { isInstallWanted, judgeAgent } from './agentVerdict.ts';
import {
  type HostCheck,
  newHostCheck,
  withLinkFailed,
  withLogin,
  withStage,
  withSteps,
} from './hostCheck.ts';
import { chooseNode, parseSearch, SEARCH_SCRIPT } from './nodeSearch.ts';

export interface CheckOptions {
  destination: string;
  connect: WritableConnect;
  /** The version of the agent that would be installed. */
  agentVersion: string;
  signal: AbortSignal;
  /** Called after every change, the first time at once; not after the signal. */
  onCheck(check: HostCheck): void;
  /** For each command on the host; default 30 s. */
  execDeadlineMs?: number;
}

/** What an installing needs to know of the host. */
export interface InstallPlace {
  node: string;
  home: string;
}

/**
 * Tries a host step by step, on a connection of its own that is closed afterwards: name, port, host key, login, Node,
 * agent, jobs. Whatever a host does is told by `onCheck` and never thrown. Answers where the agent would be installed;
 * null: it can't be.
 */
export async function checkHost(options: CheckOptions): Promise<InstallPlace | null> {
  let check = newHostCheck();
  const set = (next: HostCheck): void => {
    check = next;
    if (!options.signal.aborted) options.onCheck(check);
  };
  set(check);
  let connection: WritableConnection | null = null;
  try {
    connection = await options.connect(options.destination, options.signal, {
      isPersons: true,
      onStage: (stage) => set(withStage(check, stage)),
    });
    set(withLogin(check));
    const { place, registry, ...found } = await lookAround(connection, options);
    set(withFound(check, found));
    if (registry === null) set({ ...withSteps(check, { jobs: { kind: 'skipped' } }), isOver: true });
    else {
      set(withSteps(check, { jobs: { kind: 'running' } }));
      set({ ...(await withJobs(check, connection, registry)), isOver: true });
    }
    return place;
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    const { problem, question } = error;
    set(withLinkFailed(check, { kind: 'failed', problem, question }));
    return null;
  } finally {
    await connection?.close();
  }
}

interface Looked extends FoundOnHost {
  /** The folder of the host's list of jobs; null: no agent named it. */
  registry: string | null;
  place: InstallPlace | null;
}

async function lookAround(connection: WritableConnection, options: CheckOptions): Promise<Looked> {
  const limits = { deadlineMs: options.execDeadlineMs ?? 30_000, maxBytes: 256 * 1024 };
  const { agent, problem } = await askAgentVersion(connection, limits.deadlineMs);
  if (connection.isClosed && problem !== null) throw new LinkError(problem);
  const verdict = judgeAgent({ agent, problem }, options.agentVersion);
  const registry = agent?.registry ?? null;
  const running = agent === null ? null : { version: cleanText(agent.node, 40), path: null };
  if (!isInstallWanted(verdict)) return { verdict, system: null, node: running, registry, place: null };

  const search = await connection.exec(`exec sh -c ${quoteShell(SEARCH_SCRIPT)}`, limits);
  if (search.kind !== 'ended') throw new LinkError(search.problem);
  const system = parseSearch(search.stdout);
  const chosen = chooseNode(system.nodes);
  const place = chosen === null || system.home === null ? null : { node: chosen.path, home: system.home };
  const node = chosen === null ? running : { version: chosen.version, path: cleanText(chosen.path) };
  return { verdict, system, node, registry, place };
}

async function withJobs(
  check: HostCheck,
  connection: WritableConnection,
  registry: string,
): Promise<HostCheck> {
  const listed = await createRegistryReader().update(
    connection,
    registry,
    await connection.stat(registry),
    0,
  );
  const jobs = listed.jobs.map(({ name }) => name);
  if (listed.problem !== null && jobs.length === 0) {
    return withSteps(check, { jobs: { kind: 'failed', problem: listed.problem, question: null } });
  }
  return withSteps({ ...check, found: { ...check.found, jobs } }, { jobs: { kind: 'done' } });
}
