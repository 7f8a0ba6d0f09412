import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { installFakeAgent, makeJob, type TestJob } from '@milepost/testing/writtenJob';

/** A real sshd on loopback with running jobs, and the settings of an app that watches it. */
export interface AppHost {
  sshd: TestSshd;
  jobs: TestJob[];
  userDataDir: string;
  close(): Promise<void>;
}

/** `hostCount` entries in the settings, each over a connection of its own, that all lead to the same `jobCount` jobs. */
export async function startAppHost(
  dir: string,
  counts: { hostCount: number; jobCount: number; pollSeconds: number },
): Promise<AppHost> {
  await mkdir(dir, { recursive: true });
  const sshd = await startSshd({ dir, config: ['MaxStartups 200'] });
  await installFakeAgent(sshd.home, 'exit 4');
  const jobs: TestJob[] = [];
  for (let at = 0; at < counts.jobCount; at += 1) {
    const job = await makeJob(sshd.home, `job-${String(at).padStart(3, '0')}`);
    await job.startRun(1);
    await job.progress({ completed: 1, total: 1000, status: 'RUNNING', etaMinutes: '40.0 min' });
    jobs.push(job);
  }
  const userDataDir = join(dir, 'userData');
  await mkdir(userDataDir);
  const hosts = Array.from({ length: counts.hostCount }, (_, at) => ({
    id: `host-${at}`,
    destination: sshd.alias,
    paths: [],
  }));
  const { pollSeconds } = counts;
  await writeFile(
    join(userDataDir, 'settings.json'),
    JSON.stringify({
      version: 1,
      hosts,
      sshConfigFile: sshd.config,
      poll: { runningSeconds: pollSeconds, watchingSeconds: 5, idleSeconds: 120 },
      alerts: { state: 'off' },
    }),
  );
  return {
    sshd,
    jobs,
    userDataDir,
    async close() {
      await Promise.all(jobs.map((job) => job.kill()));
      await sshd.stop();
    },
  };
}
