import type { SshOptions } from '@milepost/monitor/ssh/connect';
import type { LinkQuestion } from '@milepost/monitor/view';

/**
 * What a person answered to a refused link, until the next try takes it. A connection that lacks an answer is refused
 * at once: none is held open while somebody thinks. In memory only.
 */
export interface PersonAnswers extends Required<Pick<SshOptions, 'confirmHostKey' | 'passphrase'>> {
  /** The host key of this question is trusted, and no other. */
  trust(question: Extract<LinkQuestion, { kind: 'host-key' }>): void;
  givePassphrase(keyFile: string, passphrase: string): void;
}

export function createPersonAnswers(): PersonAnswers {
  const trusted = new Set<string>();
  const passphrases = new Map<string, string>();
  const idOf = (key: { name: string; keyType: string; fingerprint: string }): string =>
    JSON.stringify([key.name, key.keyType, key.fingerprint]);
  return {
    async confirmHostKey(question) {
      return trusted.delete(idOf(question));
    },
    async passphrase(keyFile) {
      const passphrase = passphrases.get(keyFile) ?? null;
      passphrases.delete(keyFile);
      return passphrase;
    },
    trust: (question) => void trusted.add(idOf(question)),
    givePassphrase: (keyFile, passphrase) => void passphrases.set(keyFile, passphrase),
  };
}
