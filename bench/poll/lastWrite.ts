import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestJob } from '@milepost/testing/writtenJob';
import { besideByRatio, duration, type SpeedResult } from '../speed/result.ts';
import { monitorOf, type PollHost, startPollHost } from './pollHost.ts';

const INTERVAL_MS = 5000;
/** Relative to the project's folder, in which the bench runs. */
const SCP_LOOP = 'scripts/watch.sh';

/** From an agent's last write to the event `completed`, against the scp loop's end; each right after its last look. */
export async function lastWrite(under: string): Promise<SpeedResult> {
  const host = await startPollHost(join(under, 'last'), 2);
  try {
    const [job, other] = host.jobs;
    if (job === undefined || other === undefined) throw new Error('no jobs');
    const ms = await byMonitor(host, job);
    const loopMs = await byLoop(host, other);
    const limitMs = INTERVAL_MS + 2000;
    return {
      what: `from the agent's last write to “completed”, every ${INTERVAL_MS / 1000} s, against the scp loop`,
      ours: duration(ms),
      against: duration(loopMs),
      measured: duration(ms),
      goal: duration(limitMs),
      met: ms <= limitMs,
      note: `written right after a look: the longest wait there is; the loop is \`${SCP_LOOP}\`, on a host with no distance`,
      beside: besideByRatio(
        'the scp loop',
        `knowing that a job has ended, every ${INTERVAL_MS / 1000} s`,
        ms / loopMs,
      ),
    };
  } finally {
    await host.close();
  }
}

async function complete(job: TestJob): Promise<number> {
  const began = performance.now();
  await job.endRun(1, 'complete');
  await job.progress({ completed: 1000, total: 1000, status: 'COMPLETE' });
  return began;
}

async function byMonitor(host: PollHost, job: TestJob): Promise<number> {
  const monitor = monitorOf(host, 1, INTERVAL_MS);
  try {
    const completed = new Promise<void>((resolve) => {
      monitor.onEvent(({ kind }) => {
        if (kind === 'completed') resolve();
      });
    });
    monitor.start();
    await monitor.pollNow();
    const began = await complete(job);
    await completed;
    return performance.now() - began;
  } finally {
    await monitor.stop();
  }
}

function byLoop(host: PollHost, job: TestJob): Promise<number> {
  return new Promise((resolve, reject) => {
    const { alias, config } = host.sshd;
    const source = `${alias}:${job.dir}/PROGRESS.txt`;
    const child = spawn('/bin/sh', [SCP_LOOP, source, String(INTERVAL_MS / 1000)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SCP_OPTIONS: `-F ${config}` },
    });
    let began: Promise<number> | undefined;
    child.stdout.on('data', () => {
      began ??= complete(job);
    });
    child.once('error', reject);
    child.once('exit', async (code) => {
      const at = performance.now();
      if (code === 0 && began !== undefined) resolve(at - (await began));
      else reject(new Error(`${SCP_LOOP} ended with ${code}`));
    });
  });
}
