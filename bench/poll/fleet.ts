import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SpeedResult } from '../speed/result.ts';
import { FLEET_WATCHER, type FleetOrder, type FleetReport, fleetReportSchema } from './fleetWatcher.ts';
import { startPollHost } from './pollHost.ts';

const HOSTS = 50;
const JOBS = 20;

/** 50 hosts with 20 jobs each, every one over an ssh connection of its own, at two intervals. */
export async function fleet(under: string): Promise<SpeedResult[]> {
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
      const { cpuPercent, peakMb, online, jobs } = await watchedBy({
        configFile: host.sshd.config,
        destination: host.sshd.alias,
        hosts: HOSTS,
        intervalMs: seconds * 1000,
        forMs: forSeconds * 1000,
      });
      const isWhole = online === HOSTS && jobs === HOSTS * JOBS;
      const what = `${HOSTS} hosts with ${JOBS} jobs each, every ${seconds} s, in a process of its own`;
      results.push({
        what: `processor time of ${what}`,
        ours: `${cpuPercent.toFixed(2)} % of a core`,
        against: '',
        measured: `${cpuPercent.toFixed(2)} %`,
        goal: `${limit} %`,
        met: cpuPercent <= limit && isWhole,
        note: `${online} hosts online, ${jobs} jobs, over real ssh; each job's file is rewritten every 30 s`,
      });
      results.push({
        what: `memory of ${what}`,
        ours: `${peakMb.toFixed(0)} MB`,
        against: '',
        measured: `${peakMb.toFixed(0)} MB`,
        goal: '200 MB',
        met: peakMb <= 200 && isWhole,
        note: 'the most it ever had, when it connected to all of them too',
      });
    }
  } finally {
    isWriting = false;
    await writing;
    await host.close();
  }
  return results;
}

/** Starts this very program again as a watcher, and waits for its report. */
function watchedBy(order: FleetOrder): Promise<FleetReport> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1] ?? '', FLEET_WATCHER, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(fleetReportSchema.parse(JSON.parse(said)));
      else reject(new Error(`The watcher of the fleet ended with ${String(code)}.`));
    });
  });
}
