import { setTimeout as delay } from 'node:timers/promises';
import type { LogsResult } from '@milepost/monitor/api';
import { EXIT } from '@milepost/shared/answers';
import { isEnded } from '@milepost/shared/state';
import { Refusal } from '../refusal.ts';
import { newLines } from '../watch/newLines.ts';
import { checkActed, type RemoteJob, refusalOf, withRemoteJob } from '../watch/remoteJob.ts';
import type { ReachOptions } from '../watch/remoteOptions.ts';
import type { RemoteTarget } from '../watch/remoteTarget.ts';
import type { CommandContext } from './context.ts';

// resume, stop and logs of a job on another host, by the agent there.

type Answered = ReachOptions & { json?: boolean };

/** `milepost resume HOST:ID`: returns once the new run holds the job. Never sent twice. */
export async function resumeRemote(
  target: RemoteTarget,
  options: Answered,
  context: CommandContext,
): Promise<number> {
  await withRemoteJob(target, options, async ({ monitor, key }) => checkActed(await monitor.resume(key)));
  say(
    context,
    options,
    { id: target.id, host: target.destination },
    `${target.id} runs on ${target.destination}.`,
  );
  return EXIT.done;
}

/** `milepost stop HOST:ID`: returns once the agent there has been asked. */
export async function stopRemote(
  target: RemoteTarget,
  options: Answered & { now?: boolean },
  context: CommandContext,
): Promise<number> {
  const now = options.now ?? false;
  await withRemoteJob(target, options, async ({ monitor, key }) =>
    checkActed(await monitor.stopJob(key, { now })),
  );
  const text = now ? 'ends now' : 'saves what runs and then stops';
  say(
    context,
    options,
    { id: target.id, host: target.destination },
    `${target.id} on ${target.destination} ${text}.`,
  );
  return EXIT.done;
}

const FOLLOW_EVERY_MS = 2000;
const MOST_LINES = 1000;

/** `milepost logs HOST:ID [-f] [-n N]`: each line cleaned, since it comes from another machine. */
export async function logsRemote(
  target: RemoteTarget,
  options: ReachOptions & { follow?: boolean; lines: string },
  context: CommandContext,
): Promise<number> {
  if (!/^\d{1,4}$/.test(options.lines) || Number(options.lines) > MOST_LINES) {
    throw new Refusal(
      'usage',
      `-n takes a number up to ${MOST_LINES}, and not ${JSON.stringify(options.lines)}.`,
    );
  }
  const lines = Number(options.lines);
  await withRemoteJob(target, options, async (job) => {
    let shown = linesOf(await job.monitor.logs(job.key, { lines }));
    print(context, shown);
    while (options.follow && !hasEnded(job)) {
      await delay(FOLLOW_EVERY_MS);
      await job.monitor.pollNow();
      const now = linesOf(await job.monitor.logs(job.key, { lines: MOST_LINES }));
      print(context, newLines(shown, now));
      shown = now;
    }
  });
  return EXIT.done;
}

function hasEnded({ monitor, key }: RemoteJob): boolean {
  const job = monitor.view().jobs.find((one) => one.key === key);
  return job === undefined || isEnded(job.state);
}

function linesOf(result: LogsResult): string[] {
  if (result.kind === 'lines') return result.lines;
  throw refusalOf('unknown', result.problem);
}

function print(context: CommandContext, lines: readonly string[]): void {
  if (lines.length > 0) context.out.write(`${lines.join('\n')}\n`);
}

function say(context: CommandContext, { json }: Answered, answer: object, text: string): void {
  if (json) context.json({ version: 1, ...answer });
  else context.out.write(`${text}\n`);
}
