import type { ActResult, Monitor } from '@milepost/monitor/api';
import { createMonitor } from '@milepost/monitor/monitor';
import type { Problem } from '@milepost/monitor/view';
import { Refusal } from '../refusal.ts';
import { connectOverSsh } from './connect.ts';
import { terminalQuestions } from './prompts.ts';
import type { ReachOptions } from './remoteOptions.ts';
import type { RemoteTarget } from './remoteTarget.ts';

const HOST_ID = 'host-1';

/** A job on another host, reached and found. */
export interface RemoteJob {
  monitor: Monitor;
  key: string;
}

/**
 * Reaches a job's host, does something to the job, and lets the connection go. Refused where the host does not answer
 * (exit code 6) or has no such job (4).
 */
export async function withRemoteJob<T>(
  target: RemoteTarget,
  options: ReachOptions,
  work: (job: RemoteJob) => Promise<T>,
): Promise<T> {
  const monitor = createMonitor({
    hosts: [{ id: HOST_ID, destination: target.destination, paths: [] }],
    connect: connectOverSsh(options, terminalQuestions()),
    eventStorePath: null,
  });
  try {
    monitor.start();
    await monitor.pollNow();
    return await work({ monitor, key: findJob(monitor, target) });
  } finally {
    await monitor.stop();
  }
}

function findJob(monitor: Monitor, target: RemoteTarget): string {
  const { hosts, jobs } = monitor.view();
  const host = hosts[0];
  if (host === undefined || host.link.kind !== 'online') {
    const problem = host === undefined || host.link.kind === 'online' ? null : host.link.problem;
    throw refusalOf(
      'unknown',
      problem ?? { kind: 'link', what: `${target.destination} does not answer.`, next: null },
    );
  }
  const job = jobs.find(({ id }) => id === target.id);
  if (job) return job.key;
  const known = jobs.map(({ id }) => id).filter((id) => id !== null);
  throw new Refusal(
    'refused',
    `${target.destination} has no job ${target.id}.`,
    known.length === 0 ? (host.problem?.what ?? 'It has no jobs at all.') : `It has: ${known.join(', ')}`,
  );
}

/** What a problem on the way to a host is for a command line. */
export function refusalOf(kind: 'unknown' | 'refused' | 'held' | 'failed', problem: Problem): Refusal {
  return new Refusal(kind, problem.what, problem.next);
}

/** Throws what an action on a host was refused with; an answer that was lost can't be known. */
export function checkActed(result: ActResult): void {
  if (result.kind === 'done') return;
  if (result.kind === 'unknown') throw refusalOf('unknown', result.problem);
  throw refusalOf(result.problem.kind === 'held' ? 'held' : 'refused', result.problem);
}
