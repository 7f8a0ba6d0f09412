import { createInterface } from 'node:readline/promises';
import type { HostKeyQuestion } from '@milepost/monitor/ssh/hostKeys';

/** Asks whether a host's key is to be trusted; only where a person sits at a terminal. */
export async function confirmHostKey(question: HostKeyQuestion): Promise<boolean> {
  const answer = await ask(
    `\nThe host ${question.destination} is not known yet. Its ${question.keyType} key is\n  ${question.fingerprint}\n` +
      'Compare it with what the host itself says (EC2: the instance’s system log). Trust it from now on? [y/N] ',
  );
  return /^y(es)?$/i.test(answer.trim());
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
