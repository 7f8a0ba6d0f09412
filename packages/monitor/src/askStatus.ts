import { jobStatusSchema } from '@milepost/shared/state';
import { quoteShell } from '@milepost/shared/text';
import type { HostConnection } from './hostConnection.ts';
import { AGENT, parseAnswer } from './hostFacts.ts';
import type { Life } from './processLife.ts';

const DEADLINE_MS = 20_000;
const MAX_BYTES = 64 * 1024;
/** A job is asked about no more often than this, however often its host is polled. */
const ASK_EVERY_MS = 25_000;
/** After no answer. */
const ASK_AGAIN_MS = 5 * 60_000;

/** Where a host has no /proc its agent says whether a run lives. */
export interface StatusAsker {
  /** What the agent says of the job's last run; `unknown` also where it was asked a moment ago. Throws nothing. */
  ask(connection: HostConnection, argument: string, steady: number): Promise<Life>;
}

/** One command at a time: a host with many jobs allows only some sessions at once. */
export function createStatusAsker(): StatusAsker {
  let waiting: Promise<unknown> = Promise.resolve();
  const notBefore = new Map<string, number>();
  let silentUntil = Number.NEGATIVE_INFINITY;

  async function askNow(connection: HostConnection, argument: string, steady: number): Promise<Life> {
    if (connection.isClosed) return { kind: 'unknown' };
    const answer = await connection.exec(`${AGENT} status ${quoteShell(argument)} --json`, {
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_BYTES,
    });
    if (answer.kind !== 'ended') {
      silentUntil = steady + ASK_AGAIN_MS;
      return { kind: 'unknown' };
    }
    const status = parseAnswer(jobStatusSchema, answer.stdout);
    if (status?.state === 'running' || status?.state === 'queued') return { kind: 'alive' };
    if (status?.state !== 'interrupted') return { kind: 'unknown' };
    return { kind: 'dead', reason: status.reason ?? 'its agent is gone without a word' };
  }

  return {
    ask(connection, argument, steady) {
      const isTooSoon =
        steady < silentUntil || steady < (notBefore.get(argument) ?? Number.NEGATIVE_INFINITY);
      if (isTooSoon) return Promise.resolve({ kind: 'unknown' });
      notBefore.set(argument, steady + ASK_EVERY_MS);
      const asked = waiting.then(() => askNow(connection, argument, steady));
      waiting = asked;
      return asked;
    },
  };
}
