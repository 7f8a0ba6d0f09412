import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { duration, type SpeedResult } from '../speed/result.ts';
import { monitorOf, ownCpuMs, startPollHost } from './pollHost.ts';

const HOSTS = 50;
const JOBS = 20;

/** 50 hosts with 20 jobs each, every one over an ssh connection of its own, at two intervals. */
export async function fleet(under: string): Promise<SpeedResult[]> {
  // Straight to the server: the bytes that a relay in this process would carry are none of the monitor's work.
  const host = await startPollHost(join(under, 'fleet'), JOBS, { isRelayed: false });
  const results: SpeedResult[] = [];
  let completed = 1;
  let isWriting = true;
  const writing = (async () => {
    while (isWriting) {
      completed += 1;
      for (const job of host.jobs) await job.progress({ completed, total: 100_000, status: 'RUNNING' });
      // Agents rewrite their files every 30 s.
      for (let waited = 0; waited < 300 && isWriting; waited += 1) await delay(100);
    }
  })();
  try {
    for (const [seconds, limit, forSeconds] of [
      [30, 2, 60],
      [5, 10, 20],
    ] as const) {
      const monitor = monitorOf(host, HOSTS, seconds * 1000);
      try {
        monitor.start();
        await monitor.pollNow();
        // What connecting costs is no part of watching.
        await delay(seconds * 500);
        const [cpu, began] = [ownCpuMs(), performance.now()];
        await delay(forSeconds * 1000);
        const share = ((ownCpuMs() - cpu) / (performance.now() - began)) * 100;
        const memoryMb = process.memoryUsage().rss / 1e6;
        const { hosts, jobs } = monitor.view();
        const online = hosts.filter(({ link }) => link.kind === 'online').length;
        results.push({
          what: `${HOSTS} hosts with ${JOBS} jobs each, every ${seconds} s`,
          ours: `${share.toFixed(2)} % of a core`,
          against: '',
          measured: `${share.toFixed(2)} %`,
          goal: `${limit} %`,
          met: share <= limit && online === HOSTS && jobs.length === HOSTS * JOBS,
          note: `${memoryMb.toFixed(0)} MB with the bench itself (goal 200); ${online} hosts online, ${jobs.length} jobs, over real ssh; the writing of the ${JOBS} files is in the figure`,
        });
      } finally {
        await monitor.stop();
      }
    }
  } finally {
    isWriting = false;
    await writing;
    await host.close();
  }
  return results;
}

/** From an agent's last write to the event `completed`. */
export async function lastWrite(under: string): Promise<SpeedResult> {
  const host = await startPollHost(join(under, 'last'), 1);
  const intervalMs = 5000;
  const monitor = monitorOf(host, 1, intervalMs);
  try {
    const [job] = host.jobs;
    if (job === undefined) throw new Error('no job');
    const completed = new Promise<void>((resolve) => {
      monitor.onEvent(({ kind }) => {
        if (kind === 'completed') resolve();
      });
    });
    monitor.start();
    await monitor.pollNow();
    // Right after a poll: the longest wait there is.
    const began = performance.now();
    await job.endRun(1, 'complete');
    await job.progress({ completed: 1000, total: 1000, status: 'COMPLETE' });
    await completed;
    const ms = performance.now() - began;
    return {
      what: `from the agent's last write to “completed”, every ${intervalMs / 1000} s`,
      ours: duration(ms),
      against: '',
      measured: duration(ms),
      goal: duration(intervalMs + 2000),
      met: ms <= intervalMs + 2000,
      note: null,
    };
  } finally {
    await monitor.stop();
    await host.close();
  }
}
