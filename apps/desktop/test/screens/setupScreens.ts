import { strings } from '../../src/strings.ts';
import { checks, sampleSetup } from '../sampleSetups.ts';
import { inLargeText, noHosts, type SampleScreen } from './sampleScreen.ts';

// Adding a host.

function at(name: keyof typeof checks, caption: string): SampleScreen {
  return {
    name: `setup-${name}`,
    caption,
    view: { ...noHosts, setup: sampleSetup(checks[name]) },
    screen: 'add-host',
  };
}

export const setupScreens: readonly SampleScreen[] = [
  { name: 'pick', caption: 'A host to pick or to type', view: noHosts, screen: 'add-host' },
  at('waiting', 'Before the first answer'),
  at('connecting', 'On the way to the host'),
  at('unreachable', 'It does not answer'),
  at('unknownKey', 'Its key has to be confirmed'),
  at('locked', 'A key’s passphrase is needed'),
  at('noNode', 'The host’s Node is too old'),
  at('noAgent', 'The agent is missing'),
  at('older', 'The agent is older than the app'),
  at('whole', 'All is there'),
  {
    name: 'setup-file',
    caption: 'A file instead of the agent',
    view: { ...noHosts, setup: sampleSetup(checks.noNode) },
    screen: 'add-host',
    act: (page) => page.getByText(strings.setup.finish.orFile).click(),
  },
  {
    name: 'setup-installing',
    caption: 'The agent is being copied',
    view: {
      ...noHosts,
      setup: sampleSetup(checks.noAgent, { install: { kind: 'installing', bytesDone: 4e5, bytes: 8e5 } }),
    },
    screen: 'add-host',
  },
  {
    name: 'setup-install-failed',
    caption: 'The agent could not be copied',
    view: {
      ...noHosts,
      setup: sampleSetup(checks.noAgent, {
        install: {
          kind: 'failed',
          problem: {
            kind: 'install',
            what: 'The agent could not be copied: the disk of gpu-1 is full.',
            next: 'Make room there, then try again.',
          },
        },
      }),
    },
    screen: 'add-host',
  },
  {
    name: 'setup-large',
    caption: 'Text at 200 %',
    view: inLargeText({ ...noHosts, setup: sampleSetup(checks.noAgent) }),
    screen: 'add-host',
  },
];
