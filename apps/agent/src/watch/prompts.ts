import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { SshOptions } from '@milepost/monitor/ssh/connect';
import type { HostKeyQuestion } from '@milepost/monitor/ssh/hostKeys';
import { cleanText } from '@milepost/shared/text';

/** What only a person can answer while a host is reached. */
export type Questions = Required<Pick<SshOptions, 'confirmHostKey' | 'passphrase'>>;

/**
 * Questions on the terminal, one after the other; null where nobody sits there to answer.
 *
 * @param paused keeps the screen still while a question is asked
 */
export function terminalQuestions(
  paused: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Questions | null {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null;
  let last: Promise<unknown> = Promise.resolve();
  // Several hosts may want to know something at the same time.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => paused(work));
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    confirmHostKey: (question) => inTurn(() => confirmHostKey(question)),
    passphrase: (keyFile) => inTurn(() => askPassphrase(keyFile)),
  };
}

async function confirmHostKey(question: HostKeyQuestion): Promise<boolean> {
  const answer = await ask(
    `\nThe host ${question.destination} is not known yet. Its ${question.keyType} key is\n  ${question.fingerprint}\n` +
      'Compare it with what the host itself says (EC2: the instance’s system log). Trust it from now on? [y/N] ',
    { isSecret: false },
  );
  return /^y(es)?$/i.test(answer.trim());
}

/** Null: nothing was typed, so the key is not used. */
async function askPassphrase(keyFile: string): Promise<string | null> {
  const typed = await ask(
    `\nThe key ${cleanText(keyFile)} is encrypted. Its passphrase (kept in memory only; empty: go on without it): `,
    { isSecret: true },
  );
  return typed === '' ? null : typed;
}

async function ask(question: string, { isSecret }: { isSecret: boolean }): Promise<string> {
  if (isSecret) process.stderr.write(question);
  // As a terminal's interface readline shows what is typed by itself: into nothing where nobody may see it.
  const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const ending = new AbortController();
  // Ctrl-C means the whole command, not the question; Ctrl-D is an answer.
  lines.once('SIGINT', () => {
    lines.close();
    process.kill(process.pid, 'SIGINT');
  });
  lines.once('close', () => ending.abort());
  try {
    return await lines.question(isSecret ? '' : question, { signal: ending.signal });
  } catch {
    return '';
  } finally {
    lines.close();
    if (isSecret) process.stderr.write('\n');
  }
}
