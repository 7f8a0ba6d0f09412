import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Relay, startRelay } from '@milepost/testing/relay';
import { startSshd, type TestSshd, type TestSshdOptions } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, makeJob, type TestJob } from '@milepost/testing/writtenJob';
import type { Monitor } from '../../src/api.ts';
import { createMonitor } from '../../src/monitor.ts';
import type { MonitorOptions } from '../../src/monitorOptions.ts';
import { createSshConnect, type SshOptions } from '../../src/ssh/connect.ts';
import type { JobView, MonitorEvent } from '../../src/view.ts';
import { signalSessions } from '../sshSessions.ts';

/** What the network alone may do to a job that runs. */
export const HARMLESS = ['running', 'unreachable'];

/** Deadlines short enough to be met many times in a minute. */
export const SHORT: SshOptions = { callDeadlineMs: 800, readyDeadlineMs: 1500, keepaliveMs: 300 };
const INTERVALS = { watchingMs: 100, runningMs: 150, idleMs: 150, backoffMs: 100, maxBackoffMs: 400 };

/** A real sshd behind a relay, one job that goes on and on, and a monitor that keeps account of all it says. */
export interface NetworkRig {
  sshd: TestSshd;
  relay: Relay;
  job: TestJob;
  monitor: Monitor;
  events: MonitorEvent[];
  /** Every state that the job was shown in. */
  states: Set<string>;
  view(): JobView | undefined;
  link(): string | undefined;
  /** What the job has done by now; a true view comes to it. */
  done(): number;
  /** The monitor shows work that was done after this call. */
  seesNewWork(what: string): Promise<void>;
  /** The host's sessions are killed and sshd is started again. */
  restart(): Promise<void>;
  /** The most milliseconds that one poll that was asked for took. */
  longestPollMs(): number;
  /** The job writes no more by itself. */
  rest(): Promise<void>;
  /** Ends the monitor; resolves when nothing of it is left on the host. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  sshd?: Partial<TestSshdOptions>;
  monitor?: Partial<MonitorOptions>;
  ssh?: SshOptions;
  /** Straight to the server, which is then no loopback address. */
  withoutRelay?: boolean;
  /** The job is given by its folder, as where no command can ask the agent for its registry. */
  byPath?: boolean;
  /** Lines of shell that its agent runs before it answers anything. */
  agentBefore?: string;
}

export async function startRig(options: RigOptions = {}): Promise<NetworkRig> {
  const temp = await makeTempDir();
  const sshd = await startSshd({ dir: temp.path, ...options.sshd });
  const relay = await startRelay(sshd.port);
  await installFakeAgent(sshd.home, 'exit 4', options.agentBefore);
  if (!options.withoutRelay) {
    const config = await readFile(sshd.config, 'utf8');
    await writeFile(
      sshd.config,
      config.replace(`Port ${sshd.port}`, `Port ${relay.port}\n  HostKeyAlias [127.0.0.1]:${sshd.port}`),
    );
  }
  const job = await makeJob(sshd.home, 'dataset');
  await job.startRun(1);
  let completed = 1;
  const write = (): Promise<void> => job.progress({ completed, total: 1_000_000, status: 'RUNNING' });
  await write();

  let isClosed = false;
  let isAtWork = true;
  const working = (async () => {
    while (isAtWork) {
      completed += 1;
      await write();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();

  const monitor = createMonitor({
    hosts: [{ id: 'gpu', destination: sshd.alias, paths: options.byPath ? [job.dir] : [] }],
    connect: createSshConnect({ configFile: sshd.config, ...SHORT, ...options.ssh }),
    eventStorePath: join(temp.path, 'events.json'),
    intervals: INTERVALS,
    limits: { unreachableMs: 500 },
    execDeadlineMs: 3000,
    ...options.monitor,
  });
  const events: MonitorEvent[] = [];
  const states = new Set<string>();
  const view = (): JobView | undefined => monitor.view().jobs.find(({ name }) => name === 'dataset');
  monitor.onEvent((event) => {
    events.push(event);
    monitor.eventShown(event.id);
  });
  monitor.onView(() => {
    const seen = view();
    if (seen !== undefined) states.add(seen.state);
  });
  monitor.start();

  let longestPollMs = 0;
  let isAsking = true;
  const asking = (async () => {
    while (isAsking) {
      const began = performance.now();
      await monitor.pollNow();
      longestPollMs = Math.max(longestPollMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();

  async function rest(): Promise<void> {
    isAtWork = false;
    await working;
  }
  async function stop(): Promise<void> {
    isAsking = false;
    await monitor.stop();
    await asking;
  }
  return {
    sshd,
    relay,
    job,
    monitor,
    events,
    states,
    view,
    link: () => monitor.view().hosts[0]?.link.kind,
    done: () => completed,
    async seesNewWork(what) {
      const from = completed;
      const isSeen = (): true => {
        const seen = view()?.progress.completed ?? 0;
        if (seen > from) return true;
        throw new Error(`${seen} of ${completed}, and its host ${JSON.stringify(monitor.view().hosts[0])}`);
      };
      await waitFor(`new work to be seen ${what}`, isSeen, { limitMs: 45_000 });
    },
    async restart() {
      signalSessions(sshd, 'SIGKILL');
      await sshd.stop();
      await sshd.start();
    },
    longestPollMs: () => longestPollMs,
    rest,
    stop,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await rest();
      await stop();
      relay.heal();
      await relay.close();
      await job.kill();
      for (const signal of ['SIGCONT', 'SIGKILL'] as const) signalSessions(sshd, signal);
      await sshd.stop();
      await temp.remove();
    },
  };
}

/** Descriptors of sockets that this process holds, but for those of its own children's pipes. */
export function openSockets(): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // That of the folder itself is closed by now.
        return '';
      }
    })
    .filter((target) => target.startsWith('socket:'));
}

/** Children of this process that still run or that nobody has waited for. */
export function children(): number[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
}
