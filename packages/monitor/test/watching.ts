import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { installFakeAgent, makeJob, type TestJob } from '@milepost/testing/writtenJob';
import type { Monitor } from '../src/api.ts';
import { createMonitor } from '../src/monitor.ts';
import type { MonitorOptions } from '../src/monitorOptions.ts';
import { createSshConnect, type SshOptions } from '../src/ssh/connect.ts';
import type { JobView, MonitorEvent } from '../src/view.ts';
import { signalSessions } from './sshSessions.ts';

export const FAST = { watchingMs: 100, runningMs: 150, idleMs: 200, backoffMs: 100, maxBackoffMs: 300 };

export interface Watched {
  monitor: Monitor;
  events: MonitorEvent[];
  kinds(): string[];
  job(id: string): JobView | undefined;
  link(): string | undefined;
}

/** A real sshd with jobs on it, and monitors that watch it; all of it ends with `end`. */
export interface WatchedHost {
  temp: string;
  sshd: TestSshd;
  watch(options?: Partial<MonitorOptions>, ssh?: SshOptions): Watched;
  makeJob(id: string): Promise<TestJob>;
  end(): Promise<void>;
}

export async function startWatchedHost(): Promise<WatchedHost> {
  const temp = await makeTempDir();
  const sshd = await startSshd({ dir: temp.path });
  await installFakeAgent(sshd.home, 'exit 4');
  const monitors: Monitor[] = [];
  const jobs: TestJob[] = [];
  return {
    temp: temp.path,
    sshd,
    watch(options = {}, ssh = {}) {
      const monitor = createMonitor({
        hosts: [{ id: 'gpu', destination: sshd.alias, paths: [] }],
        connect: createSshConnect({ configFile: sshd.config, callDeadlineMs: 5000, ...ssh }),
        eventStorePath: join(temp.path, 'events.json'),
        intervals: FAST,
        ...options,
      });
      monitors.push(monitor);
      const events: MonitorEvent[] = [];
      monitor.onEvent((event) => {
        events.push(event);
        monitor.eventShown(event.id);
      });
      monitor.start();
      return {
        monitor,
        events,
        kinds: () => events.map(({ kind }) => kind),
        job: (id) => monitor.view().jobs.find((job) => job.id === id || job.key === id),
        link: () => monitor.view().hosts[0]?.link.kind,
      };
    },
    async makeJob(id) {
      const job = await makeJob(sshd.home, id);
      jobs.push(job);
      return job;
    },
    async end() {
      await Promise.all(monitors.map((monitor) => monitor.stop()));
      await Promise.all(jobs.map((job) => job.kill()));
      try {
        signalSessions(sshd, 'SIGCONT');
      } catch {
        // The test has stopped it.
      }
      await sshd.stop();
      await temp.remove();
    },
  };
}
