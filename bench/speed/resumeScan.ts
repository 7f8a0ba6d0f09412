import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inspectJob } from '@milepost/checkpoint/inspect';
import { savedJob } from './jobFolders.ts';
import { middle, PAIRS, timed } from './pairs.ts';
import { duration, type SpeedResult } from './result.ts';

const MEMORY_MB = 150;

/**
 * The scan that every resume begins with, and the agent's whole `resume --plan` with its memory.
 *
 * @param batches how many checkpoints there are
 * @param goalMs for the scan alone
 */
export async function resumeScan(
  under: string,
  agent: string,
  batches: number,
  goalMs: number,
): Promise<SpeedResult[]> {
  const paths = savedJob(under, batches);
  const scans: number[] = [];
  for (let scan = 0; scan <= PAIRS; scan += 1) {
    const ms = await timed(async () => {
      const { done } = await inspectJob(paths);
      if (done.length !== batches - 1) throw new Error(`${done.length} of ${batches - 1} were found`);
    });
    if (scan > 0) scans.push(ms);
  }
  const plan = await planWithMemory(agent, paths.dir, under);
  rmSync(paths.dir, { recursive: true });
  const scanMs = middle(scans);
  const count = batches.toLocaleString('en');
  return [
    {
      what: `resume scan of ${count} checkpoints`,
      ours: duration(scanMs),
      against: '',
      measured: duration(scanMs),
      goal: duration(goalMs),
      met: scanMs <= goalMs,
      note: `${((scanMs / batches) * 1000).toFixed(1)} µs a checkpoint; the fastest of the ${PAIRS} took ${duration(Math.min(...scans))}`,
    },
    {
      what: `memory of \`milepost resume --plan\` with ${count} checkpoints`,
      ours: `${plan.memoryMb.toFixed(0)} MB`,
      against: '',
      measured: `${plan.memoryMb.toFixed(0)} MB`,
      goal: `${MEMORY_MB} MB`,
      met: plan.memoryMb <= MEMORY_MB,
      note: `the whole command takes ${duration(plan.ms)}`,
    },
  ];
}

/** The largest resident set of the child, told by itself at its exit. */
async function planWithMemory(
  agent: string,
  dir: string,
  under: string,
): Promise<{ ms: number; memoryMb: number }> {
  const tell = `process.on('exit', () => process._rawDebug('maxRSS ' + process.resourceUsage().maxRSS))`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(tell)}`,
    agent,
    'resume',
    dir,
    '--plan',
  ];
  let errors = '';
  const ms = await timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const child = spawn(process.execPath, [...args, '--json'], {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { ...process.env, XDG_STATE_HOME: join(under, 'state') },
        });
        child.stderr.on('data', (chunk: Buffer) => {
          errors += chunk.toString();
        });
        child.once('error', reject);
        child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(errors))));
      }),
  );
  const kilobytes = Number(/maxRSS (\d+)/.exec(errors)?.[1]);
  return { ms, memoryMb: kilobytes / 1024 };
}
