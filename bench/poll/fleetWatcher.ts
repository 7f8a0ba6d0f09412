import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createMonitor } from '@milepost/monitor/monitor';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import { z } from 'zod';
import { ownCpuMs } from './pollHost.ts';

// A process that watches a fleet and nothing else, so that its figures are the monitor's alone.

/** The word by which the bench is started as one. */
export const FLEET_WATCHER = 'fleet-watcher';

export const fleetOrderSchema = z.object({
  configFile: z.string(),
  destination: z.string(),
  hosts: z.number().int(),
  intervalMs: z.number(),
  forMs: z.number(),
});
export type FleetOrder = z.infer<typeof fleetOrderSchema>;

export const fleetReportSchema = z.object({
  /** Of one core. */
  cpuPercent: z.number(),
  /** The most it ever had. */
  peakMb: z.number(),
  online: z.number(),
  jobs: z.number(),
});
export type FleetReport = z.infer<typeof fleetReportSchema>;

/** Watches as ordered; prints its report as one line of JSON. */
export async function watchFleet(order: FleetOrder): Promise<void> {
  const { configFile, destination, intervalMs } = order;
  const monitor = createMonitor({
    hosts: Array.from({ length: order.hosts }, (_, at) => ({ id: `host-${at}`, destination, paths: [] })),
    connect: createSshConnect({ configFile, readyDeadlineMs: 120_000, callDeadlineMs: 60_000 }),
    eventStorePath: null,
    intervals: { watchingMs: intervalMs, runningMs: intervalMs, idleMs: intervalMs },
  });
  monitor.start();
  await monitor.pollNow();
  // What connecting costs is no part of watching.
  await delay(intervalMs / 2);
  const [cpu, began] = [ownCpuMs(), performance.now()];
  await delay(order.forMs);
  const cpuPercent = ((ownCpuMs() - cpu) / (performance.now() - began)) * 100;
  const { hosts, jobs } = monitor.view();
  const online = hosts.filter(({ link }) => link.kind === 'online').length;
  const report: FleetReport = { cpuPercent, peakMb: peakMb(), online, jobs: jobs.length };
  console.log(JSON.stringify(report));
  await monitor.stop();
}

function peakMb(): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return (Number(peak) * 1024) / 1e6;
}
