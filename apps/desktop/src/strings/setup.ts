// Adding a host: finding it, trying it step by step, giving it the agent.

export const setup = {
  pick: {
    field: 'Host',
    placeholder: 'user@host',
    hint: 'A name of your ssh config, or user@host.',
    go: 'Connect',
    found: 'In your ssh config',
    none: 'Your ssh config names no host.',
    noMatch: 'No host of your ssh config is called so. Press Connect to try it all the same.',
    watched: 'Watched',
    looking: 'Reading your ssh config…',
  },
  steps: {
    name: 'Address',
    port: 'SSH server',
    hostKey: 'Host key',
    login: 'Login',
    node: 'Node',
    agent: 'Milepost agent',
    jobs: 'Jobs',
  },
  stepState: {
    waiting: 'not tried yet',
    running: 'trying…',
    done: 'done',
    failed: 'needs you',
    skipped: 'not tried',
  },
  stepLabel: (step: string, state: string, detail: string) =>
    [`${step}: ${state}`, detail].filter((part) => part !== '').join(', '),
  detail: {
    by: (address: string, by: string) => `${address} by ${by}`,
    port: (port: number) => `port ${port}`,
    user: (user: string) => `as ${user}`,
    node: (version: string, path: string | null) => (path === null ? version : `${version}, ${path}`),
    noJobs: 'none yet',
    jobs: (names: string, more: number) => (more > 0 ? `${names} and ${more} more` : names),
  },
  listOf: (host: string) => `Connection to ${host}`,
  retry: 'Try again',

  hostKey: {
    title: 'Is this the right machine?',
    text: 'It was never seen before. Its fingerprint must be the one that the machine itself tells:',
    how: 'On the machine:',
    command: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    ec2: 'On EC2 it stands in the system log.',
    label: (type: string) => `${type} fingerprint`,
    trust: 'Trust this key',
    trustLabel: (host: string) => `Trust this key of ${host}`,
  },
  passphrase: {
    label: (file: string) => `Passphrase of ${file}`,
    hint: 'Kept in memory until Milepost quits; never written.',
    wrong: 'That passphrase does not open it.',
    unlock: 'Unlock',
  },
  node: { copy: 'Copy', copied: 'Copied', copyLabel: 'Copy the line' },

  install: {
    button: (version: string) => `Install agent ${version}`,
    update: (version: string) => `Update to ${version}`,
    what: (version: string) =>
      `Copies one file to ~/.local/share/milepost/${version} and a wrapper to ~/.local/bin/milepost. Nothing else is touched.`,
    older: (there: string, version: string) =>
      `The agent there is ${there}; this Milepost brings ${version}.`,
    copying: (done: string, all: string) => `Copying: ${done} of ${all}`,
    starting: 'Copying…',
    progressLabel: 'Progress of the copying',
    installed: (version: string) => `Agent ${version} was installed and checked.`,
  },

  finish: {
    add: (host: string) => `Watch ${host}`,
    done: 'Done',
    orFile: 'Or watch a progress file of your own program',
    orFileHint: 'It needs no agent. Milepost only reads it.',
  },
  watch: {
    path: 'PROGRESS.txt or job folder',
    pathPlaceholder: '~/results/PROGRESS.txt',
    command: 'Resume command (optional)',
    commandPlaceholder: 'python train.py --resume',
    commandHint: 'Run in that folder when you press Resume.',
    add: 'Watch this file',
    save: 'Save',
    saved: 'Saved',
  },
};
