import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { stateFolder } from '@milepost/checkpoint/stateFolder';
import type { HostTarget, Monitor } from '@milepost/monitor/api';
import type { Connect } from '@milepost/monitor/hostConnection';
import { createLocalHost, type LocalHost } from '@milepost/monitor/localConnection';
import { createMonitor } from '@milepost/monitor/monitor';
import { parseDuration } from '@milepost/shared/duration';
import { ownStream } from '../output/ownStreams.ts';
import { Refusal } from '../refusal.ts';
import { connectOverSsh } from '../watch/connect.ts';
import { createNotifier, notificationText } from '../watch/notify.ts';
import { type Questions, terminalQuestions } from '../watch/prompts.ts';
import type { ReachOptions } from '../watch/remoteOptions.ts';
import {
  belongsTo,
  hostsOf,
  LOCAL_DESTINATION,
  LOCAL_ID,
  readTarget,
  type WatchTarget,
} from '../watch/targets.ts';
import { verdictAtEnd, verdictNow } from '../watch/verdict.ts';
import { createWatchDisplay } from '../watch/watchDisplay.ts';
import type { Row } from '../watch/watchText.ts';
import type { CommandContext } from './context.ts';

export interface WatchOptions extends ReachOptions {
  interval: string;
  notify?: boolean;
  json?: boolean;
  once?: boolean;
}

/** `milepost watch [TARGET...]`: shows jobs until all have ended. Returns the exit code of the worst. */
export async function watch(
  texts: readonly string[],
  options: WatchOptions,
  context: CommandContext,
): Promise<number> {
  const intervalMs = readInterval(options.interval);
  const targets: WatchTarget[] =
    texts.length === 0
      ? [{ kind: 'local-jobs', text: 'local' }]
      : texts.map((text) => readTarget(text, (path) => existsSync(path)));
  const hosts = hostsOf(targets, absolute);
  const interactive =
    context.out.isTerminal && process.stdin.isTTY === true && !options.json && !options.once;
  const display = createWatchDisplay(context.out, { json: options.json ?? false, live: interactive });
  const local = createLocalHost({ agent: [process.execPath, process.argv[1] ?? ''] });
  const monitor = createMonitor({
    hosts,
    connect: connectTo(options, terminalQuestions(display.paused), local),
    eventStorePath: options.notify ? eventStorePath(texts) : null,
    intervals: { watchingMs: Math.min(intervalMs, 5000), runningMs: intervalMs, idleMs: intervalMs },
  });
  const states = () => targets.map((target) => stateOf(target, hosts, monitor));
  const rows = () => targets.flatMap((target, at) => rowsOf(target, states()[at]));
  if (options.once) {
    monitor.start();
    await monitor.pollNow();
    const seen = rows();
    const code = verdictNow(states());
    display.print(seen, Date.now());
    await monitor.stop();
    await endIfHanging(local);
    return code;
  }
  if (options.notify) notifyOf(monitor, display.note);
  const code = await untilEnded(monitor, states, () => display.show(rows(), Date.now()));
  await endIfHanging(local);
  return code;
}

function absolute(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path);
}

function readInterval(text: string): number {
  const seconds = parseDuration(/^\d+$/.test(text) ? `${text}s` : text);
  if (typeof seconds === 'number' && seconds >= 1) return seconds * 1000;
  throw new Refusal(
    'usage',
    `--interval takes a time of a second or more, such as 30s, and not ${JSON.stringify(text)}.`,
  );
}

/** This machine's own jobs are read directly, everything else over ssh. */
function connectTo(options: WatchOptions, questions: Questions | null, local: LocalHost): Connect {
  const overSsh = connectOverSsh(options, questions);
  return async (destination, signal, attempt) =>
    destination === LOCAL_DESTINATION ? local.connect() : overSsh(destination, signal, attempt);
}

/** Calls that are only slow have so long to end. */
const QUIET_WITHIN_MS = 1000;

/**
 * Where a file system of this machine does not answer, this process can't end in order: Node waits for the threads that
 * wait for it, in process.exit too. So it says that, and ends by a signal.
 */
async function endIfHanging(local: LocalHost): Promise<void> {
  if (await local.isQuietWithin(QUIET_WITHIN_MS)) return;
  await new Promise((resolve) => ownStream('stdout').write('', resolve));
  const words = 'milepost: A file system of this machine does not answer, so watch ends by SIGKILL.\n';
  await new Promise((resolve) => ownStream('stderr').write(words, resolve));
  process.kill(process.pid, 'SIGKILL');
}

/** What was told is remembered for each list of targets, so that a watch that is started again tells nothing twice. */
function eventStorePath(texts: readonly string[]): string {
  const folder = join(stateFolder(), 'watch');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
  return join(folder, `${name}.json`);
}

function stateOf(target: WatchTarget, hosts: readonly HostTarget[], monitor: Monitor) {
  const view = monitor.view();
  const found = hosts.find(({ id, destination }) =>
    target.kind === 'local-jobs' || target.kind === 'local-path'
      ? id === LOCAL_ID
      : destination === target.destination && id !== LOCAL_ID,
  );
  const host = view.hosts.find(({ id }) => id === found?.id);
  if (found === undefined || host === undefined) throw new Error(`No host for ${target.text}.`);
  const jobs = view.jobs.filter((job) => job.hostId === found.id && belongsTo(target, found, job, absolute));
  return { host, link: host.link, jobs };
}

function rowsOf(target: WatchTarget, state: ReturnType<typeof stateOf> | undefined): Row[] {
  if (state === undefined) return [];
  const { host, jobs } = state;
  if (jobs.length === 0) return [{ target: target.text, host, job: null }];
  return jobs.map((job) => ({ target: target.text, host, job }));
}

function notifyOf(monitor: Monitor, note: (text: string) => void): void {
  const notify = createNotifier(note);
  monitor.onEvent((event) => {
    notify(notificationText(event));
    monitor.eventShown(event.id);
  });
}

/** Polls until all targets have ended, or the person ends it (130, as shells have it). */
function untilEnded(
  monitor: Monitor,
  states: () => ReturnType<typeof stateOf>[],
  show: () => void,
): Promise<number> {
  return new Promise((resolve) => {
    let ended = false;
    const timer = setInterval(show, 1000);
    const finish = (code: number) => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      show();
      void monitor.stop().then(() => resolve(code));
    };
    const onSignal = () => finish(130);
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    monitor.onView(() => {
      if (ended) return;
      show();
      const code = verdictAtEnd(states());
      if (code !== undefined) finish(code);
    });
    monitor.start();
  });
}
