import type { Monitor } from '@milepost/monitor/api';
import type { SshHosts } from '@milepost/monitor/setup/sshHosts';
import { faultOfDestination } from '@milepost/monitor/ssh/destination';
import type { LinkQuestion } from '@milepost/monitor/view';
import { strings } from '../strings.ts';
import { typedDestination, typedWatch, withHost } from './hostSettings.ts';
import type { Handlers } from './ipc.ts';
import type { PersonAnswers } from './personAnswers.ts';
import { type ChangeSettings, changeIfRight, wrong } from './settingsHandlers.ts';
import { destinationSchema, type Settings } from './settingsSchema.ts';
import type { Setup } from './setup.ts';

type SetupHandlers = Pick<
  Handlers,
  | 'findHosts'
  | 'startSetup'
  | 'retrySetup'
  | 'installAgent'
  | 'copyInstallLine'
  | 'addHost'
  | 'endSetup'
  | 'trustHostKey'
  | 'givePassphrase'
>;

/** What the screen that adds a host asks for, and the answers to what a host's login lacks. */
export function setupHandlers(deps: {
  setup: Setup;
  monitor: Pick<Monitor, 'view' | 'pollNow'>;
  answers: PersonAnswers;
  settings(): Settings;
  change: ChangeSettings;
  findHosts(): Promise<SshHosts>;
  copy(text: string): Promise<void>;
}): SetupHandlers {
  const { setup, monitor, answers } = deps;

  function questionOf(of: string | null): LinkQuestion | null {
    if (of === null) return setup.question();
    const link = monitor.view().hosts.find(({ id }) => id === of)?.link;
    return link?.kind === 'refused' ? (link.question ?? null) : null;
  }

  /** The answer is there: the host that lacked it is tried again, and others that lacked the same. */
  function tryAgain(of: string | null, answered: LinkQuestion): void {
    if (of === null) setup.retry();
    for (const { id, link } of monitor.view().hosts) {
      const lacks = link.kind === 'refused' ? link.question : undefined;
      if (id === of || (lacks !== undefined && isSame(lacks, answered))) void monitor.pollNow(id);
    }
  }

  return {
    async findHosts() {
      const { hosts, problem } = await deps.findHosts();
      const watched = new Set(deps.settings().hosts.map(({ destination }) => destination));
      const usable = hosts.filter(({ name }) => destinationSchema.safeParse(name).success);
      return {
        hosts: usable.map(({ name, hostname, user }) => ({
          name,
          address: addressOf(name, hostname, user),
          watched: watched.has(name),
        })),
        problem,
      };
    },
    startSetup(target) {
      if ('hostId' in target) {
        const host = deps.settings().hosts.find(({ id }) => id === target.hostId);
        if (host !== undefined) setup.start(host.destination, true);
        return { kind: 'saved' };
      }
      const typed = typedDestination(target.destination);
      if (typed.kind === 'wrong') return { kind: 'failed', problem: wrong(typed.what) };
      const fault = faultOfDestination(typed.value);
      if (fault !== null || !destinationSchema.safeParse(typed.value).success) {
        const { what, next } = strings.settings.typed.host;
        return { kind: 'failed', problem: { kind: 'typed-host', what: fault ?? what, next } };
      }
      setup.start(
        typed.value,
        deps.settings().hosts.some(({ destination }) => destination === typed.value),
      );
      return { kind: 'saved' };
    },
    retrySetup: () => setup.retry(),
    // Not awaited: how far it is stands in the view.
    installAgent: () => void setup.install(),
    copyInstallLine() {
      const line = setup.installLine();
      return line === null ? null : deps.copy(line);
    },
    async addHost(typed) {
      const destination = setup.destination();
      if (destination === null) return { kind: 'saved' };
      const watch = typedWatch(typed);
      if (watch.kind === 'wrong') return { kind: 'failed', problem: wrong(watch.what) };
      const answer = await changeIfRight(deps.change, (before) => withHost(before, destination, watch.value));
      if (answer.kind === 'saved') setup.end();
      return answer;
    },
    endSetup: () => setup.end(),
    trustHostKey({ of, fingerprint }) {
      const question = questionOf(of);
      // Only the key that was shown: another may have come meanwhile.
      if (question?.kind !== 'host-key' || question.fingerprint !== fingerprint) return;
      answers.trust(question);
      tryAgain(of, question);
    },
    givePassphrase({ of, passphrase }) {
      const question = questionOf(of);
      if (question?.kind !== 'passphrase') return;
      answers.givePassphrase(question.keyFile, passphrase);
      tryAgain(of, question);
    },
  };
}

function isSame(a: LinkQuestion, b: LinkQuestion): boolean {
  if (a.kind === 'passphrase') return b.kind === 'passphrase' && a.keyFile === b.keyFile;
  return b.kind === 'host-key' && a.name === b.name && a.fingerprint === b.fingerprint;
}

function addressOf(name: string, hostname: string | null, user: string | null): string {
  const host = hostname ?? name;
  if (user !== null) return `${user}@${host}`;
  return host === name ? '' : host;
}
