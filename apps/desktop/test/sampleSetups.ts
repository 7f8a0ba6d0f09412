import { type HostCheck, newHostCheck, withSteps } from '@milepost/monitor/setup/hostCheck';
import type { FoundHosts, SetupView } from '../src/bridge/setup.ts';

// Hosts that are being set up, for tests: each a step further, or stuck at one.

export const FINGERPRINT = 'SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8';
const DONE = { kind: 'done' } as const;
const WAITING = { kind: 'waiting' } as const;
const RUNNING = { kind: 'running' } as const;

const addressed: HostCheck = {
  ...newHostCheck(),
  found: {
    ...newHostCheck().found,
    address: {
      hostname: 'ec2-3-120-7-41.eu-central-1.compute.amazonaws.com',
      port: 22,
      user: 'ubuntu',
      by: null,
    },
  },
};

function reached(check: HostCheck = addressed): HostCheck {
  return {
    ...withSteps(check, { name: DONE, port: DONE, hostKey: DONE, login: DONE }),
    found: { ...check.found, hostKey: { keyType: 'ssh-ed25519', fingerprint: FINGERPRINT } },
  };
}

export const checks = {
  connecting: withSteps(addressed, { name: DONE, port: RUNNING }),
  unreachable: {
    ...withSteps(addressed, {
      name: DONE,
      port: {
        kind: 'failed',
        question: null,
        problem: {
          kind: 'timeout',
          what: 'gpu-1 (ec2-3-120-7-41.eu-central-1.compute.amazonaws.com) does not answer.',
          next: 'Is it running, and does its security group let this machine in?',
        },
      },
    }),
    isOver: true,
  },
  unknownKey: {
    ...withSteps(addressed, {
      name: DONE,
      port: DONE,
      hostKey: {
        kind: 'failed',
        question: { kind: 'host-key', name: 'gpu-1', keyType: 'ssh-ed25519', fingerprint: FINGERPRINT },
        problem: {
          kind: 'host-key-unknown',
          what: `The host key of gpu-1 is not known: ${FINGERPRINT}`,
          next: 'Compare it.',
        },
      },
    }),
    isOver: true,
  },
  locked: {
    ...withSteps(reached(), {
      login: {
        kind: 'failed',
        question: { kind: 'passphrase', keyFile: '/Users/ada/.ssh/id_ed25519', isWrong: false },
        problem: {
          kind: 'auth-refused',
          what: 'gpu-1 refused to log in. Tried: /Users/ada/.ssh/id_ed25519 is encrypted and its passphrase is not known (add it to the agent: ssh-add /Users/ada/.ssh/id_ed25519).',
          next: 'Try “ssh gpu-1” in a terminal; if that works, name its key by IdentityFile in ~/.ssh/config.',
        },
      },
    }),
    isOver: true,
  },
  noNode: {
    ...withSteps(reached(), {
      node: {
        kind: 'failed',
        question: null,
        problem: {
          kind: 'no-node',
          what: 'The newest Node of the host is v18.19.1 (/usr/bin/node), and the agent needs 20.',
          next: 'Run this line on the host, then try again.',
        },
      },
      agent: { kind: 'skipped' },
      jobs: { kind: 'skipped' },
    }),
    nodeInstallLine: 'sudo snap install node --classic --channel=22/stable',
    isOver: true,
  },
  noAgent: {
    ...withSteps(reached(), {
      node: DONE,
      agent: {
        kind: 'failed',
        question: null,
        problem: {
          kind: 'no-agent',
          what: 'Milepost is not on this host yet.',
          next: 'Its agent runs jobs there, lists them, and resumes them.',
        },
      },
      jobs: { kind: 'skipped' },
    }),
    found: {
      ...reached().found,
      node: { version: 'v22.11.0', path: '/home/ubuntu/.nvm/versions/node/v22.11.0/bin/node' },
    },
    install: 'missing',
    isOver: true,
  },
  older: {
    ...withSteps(reached(), { node: DONE, agent: DONE, jobs: DONE }),
    found: {
      ...reached().found,
      node: { version: 'v22.11.0', path: null },
      agentVersion: '0.0.9',
      jobs: ['dataset'],
    },
    install: 'older',
    isOver: true,
  },
  whole: {
    ...withSteps(reached(), { node: DONE, agent: DONE, jobs: DONE }),
    found: {
      ...reached().found,
      node: { version: 'v22.11.0', path: null },
      agentVersion: '0.1.0',
      jobs: ['dataset', 'render', 'tokens', 'train'],
    },
    isOver: true,
  },
  waiting: withSteps(newHostCheck(), { port: WAITING }),
} satisfies Record<string, HostCheck>;

export function sampleSetup(check: HostCheck, changes: Partial<SetupView> = {}): SetupView {
  return { name: 'gpu-1', watched: false, check, install: null, agentVersion: '0.1.0', ...changes };
}

export const foundHosts: FoundHosts = {
  hosts: [
    { name: 'gpu-1', address: 'ubuntu@ec2-3-120-7-41.eu-central-1.compute.amazonaws.com', watched: false },
    { name: 'gpu-2', address: 'ubuntu@10.0.3.18', watched: true },
    { name: 'bastion', address: '', watched: false },
    { name: 'cluster', address: 'ada@login.example.org', watched: false },
  ],
  problem: null,
};
