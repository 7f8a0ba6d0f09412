import type { VersionAnswer } from '@milepost/shared/answers';
import { PROTOCOL } from '@milepost/shared/version';
import type { Problem } from '../view.ts';
import { compareVersions } from './nodeSearch.ts';

/** How the agent of a host stands to the one that would be installed. Pure. */
export type AgentVerdict =
  | { kind: 'missing' }
  /** There is one, and it does not work. */
  | { kind: 'broken'; problem: Problem }
  /** `works`: it can be told to resume; a new one would only be newer. */
  | { kind: 'older'; version: string; works: boolean }
  | { kind: 'current'; version: string }
  /** Not to be replaced from here. `problem`: what it can't be told from here; null: nothing. */
  | { kind: 'newer'; version: string; problem: Problem | null };

/** `ours`: the version that would be installed. */
export function judgeAgent(
  { agent, problem }: { agent: VersionAnswer | null; problem: Problem | null },
  ours: string,
): AgentVerdict {
  if (agent === null) return problem === null ? { kind: 'missing' } : { kind: 'broken', problem };
  const { version, protocol } = agent;
  if (protocol > PROTOCOL) return { kind: 'newer', version, problem };
  if (protocol < PROTOCOL) return { kind: 'older', version, works: false };
  const order = compareVersions(version, ours);
  if (order === 0) return { kind: 'current', version };
  return order < 0 ? { kind: 'older', version, works: true } : { kind: 'newer', version, problem: null };
}

/** Whether installing is to be offered. */
export function isInstallWanted(
  verdict: AgentVerdict,
): verdict is Extract<AgentVerdict, { kind: 'missing' | 'broken' | 'older' }> {
  return verdict.kind === 'missing' || verdict.kind === 'broken' || verdict.kind === 'older';
}
