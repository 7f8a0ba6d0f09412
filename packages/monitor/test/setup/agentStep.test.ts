import { describe, expect, it } from 'vitest';
import { withFound } from '../../src/setup/agentStep.ts';
import { judgeAgent } from '../../src/setup/agentVerdict.ts';
import { newHostCheck } from '../../src/setup/hostCheck.ts';
import type { HostSystem } from '../../src/setup/nodeSearch.ts';

const system: HostSystem = {
  home: '/home/ada',
  kernel: 'Linux',
  os: 'amzn',
  osVersion: '2023',
  tools: new Map(),
  nodes: [],
};
const answer = (version: string, protocol = 1) => ({ version, protocol, node: 'v22.0.0', registry: '/r' });
const verdictOf = (agent: ReturnType<typeof answer> | null) => judgeAgent({ agent, problem: null }, '0.3.0');

describe('without a Node that runs the agent', () => {
  it('the line to get one is given, and nothing can be installed yet', () => {
    const check = withFound(newHostCheck(), { verdict: verdictOf(null), system, node: null });
    expect(check).toMatchObject({
      steps: { node: { kind: 'failed', problem: { kind: 'no-node' } }, agent: { kind: 'skipped' } },
      nodeInstallLine: 'sudo dnf install -y nodejs22',
      install: null,
    });
  });

  it('what is there and too old is named', () => {
    const nodes = [
      { path: '/usr/bin/node', version: 'v12.22.9' },
      { path: '/home/ada/.nvm/versions/node/v18.2.0/bin/node', version: 'v18.2.0' },
    ];
    const { steps } = withFound(newHostCheck(), {
      verdict: verdictOf(null),
      system: { ...system, nodes },
      node: null,
    });
    expect(steps.node).toMatchObject({
      problem: { what: expect.stringContaining('v18.2.0 (/home/ada/.nvm') },
    });
  });
});

describe('an agent', () => {
  it.each([
    ['of this version', answer('0.3.0'), { kind: 'current', version: '0.3.0' }],
    ['of a lower one', answer('0.2.11'), { kind: 'older', version: '0.2.11', works: true }],
    ['of a higher one', answer('0.10.0'), { kind: 'newer', version: '0.10.0', problem: null }],
    ['of an older protocol', answer('0.3.0', 0), { kind: 'older', version: '0.3.0', works: false }],
    ['that is not there', null, { kind: 'missing' }],
  ])('%s is judged', (_what, agent, verdict) => {
    expect(verdictOf(agent)).toEqual(verdict);
  });

  it('of a newer protocol is never replaced from here', () => {
    const problem = { kind: 'agent-newer', what: 'newer', next: 'Update Milepost here.' };
    const verdict = judgeAgent({ agent: answer('9.0.0', 2), problem }, '0.3.0');
    const check = withFound(newHostCheck(), {
      verdict,
      system: null,
      node: { version: 'v22.0.0', path: null },
    });
    expect(check).toMatchObject({ steps: { agent: { kind: 'failed', problem } }, install: null });
  });
});
