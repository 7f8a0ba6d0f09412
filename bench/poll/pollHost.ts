import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Monitor } from '@milepost/monitor/api';
import { createMonitor } from '@milepost/monitor/monitor';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import { type Relay, startRelay } from '@milepost/testing/relay';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { installFakeAgent, makeJob, type TestJob } from '@milepost/testing/writtenJob';

/** A real sshd on loopback behind a relay that makes it as far away as is wanted. */
export interface PollHost {
  sshd: TestSshd;
  relay: Relay;
  jobs: TestJob[];
  close(): Promise<void>;
}

export async function startPollHost(
  dir: string,
  jobCount: number,
  { isRelayed }: { isRelayed: boolean } = { isRelayed: true },
): Promise<PollHost> {
  const sshd = await startSshd({ dir, config: ['MaxStartups 200'] });
  const relay = await startRelay(sshd.port);
  await installFakeAgent(sshd.home, 'exit 4');
  const config = await readFile(sshd.config, 'utf8');
  const through = `Port ${relay.port}\n  HostKeyAlias [127.0.0.1]:${sshd.port}`;
  if (isRelayed) await writeFile(sshd.config, config.replace(`Port ${sshd.port}`, through));
  const jobs: TestJob[] = [];
  for (let at = 0; at < jobCount; at += 1) {
    const job = await makeJob(sshd.home, `job-${at}`);
    await job.startRun(1);
    await job.progress({ completed: 1, total: 1000, status: 'RUNNING' });
    jobs.push(job);
  }
  return {
    sshd,
    relay,
    jobs,
    async close() {
      await Promise.all(jobs.map((job) => job.kill()));
      await sshd.stop();
      await relay.close();
    },
  };
}

/** A monitor of `count` hosts, all of them that one sshd over connections of their own. */
export function monitorOf(host: PollHost, count: number, intervalMs: number): Monitor {
  return createMonitor({
    hosts: Array.from({ length: count }, (_, at) => ({
      id: `host-${at}`,
      destination: host.sshd.alias,
      paths: [],
    })),
    connect: createSshConnect({
      configFile: host.sshd.config,
      readyDeadlineMs: 120_000,
      callDeadlineMs: 60_000,
    }),
    eventStorePath: join(host.sshd.home, 'events.json'),
    intervals: { watchingMs: intervalMs, runningMs: intervalMs, idleMs: intervalMs },
  });
}

/** CPU milliseconds of this process so far. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU milliseconds of this process's ended children so far, to a tick of 10 ms. */
export function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Milliseconds from a program's start to its first line; throws where it ends with another code, or says nothing. */
export function firstLine(program: string, args: readonly string[], codes = [0]): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let ms: number | null = null;
    child.stdout.on('data', () => {
      ms ??= performance.now() - started;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (ms !== null && code !== null && codes.includes(code)) resolve(ms);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${String(code)}`));
    });
  });
}

/** Runs a program to its end; throws where that is not 0. */
export function runProgram(program: string, args: readonly string[], codes = [0]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== null && codes.includes(code)) resolve();
      else reject(new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${said}`));
    });
  });
}
