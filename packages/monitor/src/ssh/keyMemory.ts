import { createHash } from 'node:crypto';
import { type ParsedKey, utils } from 'ssh2';

/** What became of an encrypted key. */
export type OpenedKey =
  | { kind: 'open'; key: ParsedKey }
  /** There is nobody to ask, or no passphrase was given. */
  | { kind: 'closed' }
  | { kind: 'wrong' };

/** Encrypted keys that were opened, for as long as the process lives: neither passphrase nor key is ever written. */
export interface KeyMemory {
  /**
   * Opens a key. A person is asked at most once for each content of the file, however many hosts want it at the same
   * time; once more after a wrong or no answer where `isPersons`: somebody wished for this attempt.
   */
  open(file: string, text: string, isPersons: boolean): Promise<OpenedKey>;
}

export function createKeyMemory(ask: ((keyFile: string) => Promise<string | null>) | undefined): KeyMemory {
  const answers = new Map<string, { opened: Promise<OpenedKey>; isSettledBadly: boolean }>();

  async function openNew(file: string, text: string): Promise<OpenedKey> {
    const passphrase = (await ask?.(file).catch(() => null)) ?? null;
    if (passphrase === null) return { kind: 'closed' };
    const parsed = utils.parseKey(text, passphrase);
    if (parsed instanceof Error) return { kind: 'wrong' };
    return { kind: 'open', key: Array.isArray(parsed) ? parsed[0] : parsed };
  }

  return {
    open(file, text, isPersons) {
      const id = `${file}\n${createHash('sha256').update(text).digest('hex')}`;
      const held = answers.get(id);
      if (held !== undefined && !(isPersons && held.isSettledBadly)) return held.opened;
      const answer = { opened: openNew(file, text), isSettledBadly: false };
      answers.set(id, answer);
      void answer.opened.then((opened) => {
        answer.isSettledBadly = opened.kind !== 'open';
      });
      return answer.opened;
    },
  };
}
