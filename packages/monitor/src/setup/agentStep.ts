import { cleanText } from '@milepost/shared/text';
import type { Problem } from '../view.ts';
import { type AgentVerdict, isInstallWanted } from './agentVerdict.ts';
import { type HostCheck, type StepState, withSteps } from './hostCheck.ts';
import {
  compareVersions,
  type FoundNode,
  type HostSystem,
  MIN_NODE_MAJOR,
  nodeInstallLine,
} from './nodeSearch.ts';

// What was found on a host that was logged in to, as steps. Pure.

export interface FoundOnHost {
  verdict: AgentVerdict;
  /** What the host has of Node and of means to get it; null: it was not asked, since its agent works. */
  system: HostSystem | null;
  /** The Node that runs the agent, or would; null: there is none. */
  node: { version: string; path: string | null } | null;
}

export function withFound(check: HostCheck, { verdict, system, node }: FoundOnHost): HostCheck {
  const agentVersion = 'version' in verdict ? verdict.version : null;
  const found = { ...check.found, node, agentVersion };
  if (node === null && system !== null) {
    const failed = failedStep(noNode(system.nodes));
    return {
      ...withSteps(check, { node: failed, agent: { kind: 'skipped' } }),
      found,
      nodeInstallLine: nodeInstallLine(system),
    };
  }
  const problem = agentProblem(verdict);
  return {
    ...withSteps(check, {
      node: { kind: 'done' },
      agent: problem === null ? { kind: 'done' } : failedStep(problem),
    }),
    found,
    install: isInstallWanted(verdict) ? verdict.kind : null,
  };
}

function failedStep(problem: Problem): StepState {
  return { kind: 'failed', problem, question: null };
}

function noNode(nodes: readonly FoundNode[]): Problem {
  const [newest] = [...nodes].sort((a, b) => compareVersions(b.version, a.version));
  const what =
    newest === undefined
      ? 'The host has no Node where it was looked for: on the PATH, in /usr/local, of nvm, of conda.'
      : `The newest Node of the host is ${newest.version} (${cleanText(newest.path)}), and the agent needs ${MIN_NODE_MAJOR}.`;
  return { kind: 'no-node', what, next: 'Run this line on the host, then try again.' };
}

function agentProblem(verdict: AgentVerdict): Problem | null {
  switch (verdict.kind) {
    case 'missing':
      return {
        kind: 'no-agent',
        what: 'Milepost is not on this host yet.',
        next: 'Its agent runs jobs there, lists them, and resumes them.',
      };
    case 'broken':
      return verdict.problem;
    case 'older':
      return verdict.works
        ? null
        : {
            kind: 'agent-older',
            what: `The agent there (${verdict.version}) is too old to be told anything from here.`,
            next: 'Install the current one: running jobs go on undisturbed.',
          };
    case 'current':
      return null;
    case 'newer':
      return verdict.problem;
  }
}
