import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@milepost/testing/waitFor';
import { type AppDriver, launchApp } from '../../apps/desktop/test/driver/driver.ts';
import type { SpeedResult } from '../speed/result.ts';
import { startAppHost } from './appHost.ts';
import { cpuMsOf, memoryMbOf } from './processUse.ts';

const HOSTS = 5;
const JOBS_EACH = 4;
const POLL_SECONDS = 30;
/** Connecting, and what V8 compiles at first, is over by then. */
const WARM_UP_MS = 60_000;
const MEASURE_MS = 60_000;

interface Use {
  cpuPercent: number;
  memoryMb: number;
}

/** The app with its popover closed, beside an app that does nothing in the same stand-in. */
export async function background(under: string, emptyMain: string): Promise<SpeedResult[]> {
  const host = await startAppHost(join(under, 'background'), {
    hostCount: HOSTS,
    jobCount: JOBS_EACH,
    pollSeconds: POLL_SECONDS,
  });
  let isWriting = true;
  let completed = 1;
  const writing = (async () => {
    while (isWriting) {
      completed += 1;
      for (const job of host.jobs) await job.progress({ completed, total: 100_000, status: 'RUNNING' });
      // Agents rewrite their files every 30 s.
      for (let waited = 0; waited < 300 && isWriting; waited += 1) await delay(100);
    }
  })();
  const started: AppDriver[] = [];
  try {
    const app = await launchApp({ userDataDir: host.userDataDir });
    started.push(app);
    const empty = await launchApp({ userDataDir: join(under, 'empty'), main: emptyMain });
    started.push(empty);
    await waitFor('the jobs', async () => (await app.tray()).icon === 'running');
    await delay(WARM_UP_MS);
    const [own, bare] = await Promise.all([useOf(app), useOf(empty)]);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    const what = `${HOSTS * JOBS_EACH} jobs on ${HOSTS} hosts, every ${POLL_SECONDS} s, popover closed`;
    return [
      {
        what: `CPU of the main process, ${what}`,
        ours: `${own.cpuPercent.toFixed(2)} %`,
        against: `${bare.cpuPercent.toFixed(2)} %`,
        measured: `${own.cpuPercent.toFixed(2)} %`,
        goal: '1 %',
        met: own.cpuPercent < 1,
        note: `of a core, over ${MEASURE_MS / 1000} s, in the ${app.kind}; against an empty app; over real ssh; load ${load}`,
      },
      {
        what: `memory of the main process above an empty app, ${what}`,
        ours: `${own.memoryMb.toFixed(0)} MB`,
        against: `${bare.memoryMb.toFixed(0)} MB`,
        measured: `${(own.memoryMb - bare.memoryMb).toFixed(0)} MB`,
        goal: '60 MB',
        met: own.memoryMb - bare.memoryMb <= 60,
        note: `resident, after ${(WARM_UP_MS + MEASURE_MS) / 60_000} minutes`,
      },
    ];
  } finally {
    isWriting = false;
    await writing;
    for (const app of started) await app.quit();
    await host.close();
  }
}

async function useOf(app: AppDriver): Promise<Use> {
  const [main] = await app.pids();
  if (main === undefined) throw new Error('The app has no process.');
  const [cpu, began] = [cpuMsOf(main), performance.now()];
  await delay(MEASURE_MS);
  const cpuPercent = ((cpuMsOf(main) - cpu) / (performance.now() - began)) * 100;
  return { cpuPercent, memoryMb: memoryMbOf(main) };
}
