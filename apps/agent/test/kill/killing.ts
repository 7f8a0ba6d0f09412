import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureAgentBuilt } from '../../../../scripts/ensureBuilt.mjs';
import type { AgentHome } from '../agent.ts';
import { isMerging, ledgerOf } from './aftermath.ts';
import type { Random } from './random.ts';
import type { Workload } from './workload.ts';

/** What is hit: the agent alone, a batch's command alone, both, or all their process groups. */
type Target = 'agent' | 'child' | 'both' | 'groups';

export interface KilledJob {
  home: AgentHome;
  /** Absolute; the job's. */
  folder: string;
  workload: Workload;
  total: number;
  /** The whole first command line, behind `milepost`. */
  run: string[];
  random: Random;
}

export interface Killed {
  /** SIGKILLs that ended something. */
  kills: number;
  /** Those that fell while a merge was at work. */
  inMerge: number;
  /** Batches that may have been in flight at all of them together. */
  mayRedo: number;
  /** The job ended well before it was killed as often as it should be. */
  complete: boolean;
}

/** This part of the kills is kept for the merge and what comes after it. */
const MERGE_SHARE = 0.25;
const BATCH_MS = 70;
const MERGE_MS = 110;
const STARTUP_MS = 350;
const LIMIT_MS = 60_000;

/** Starts a job, and resumes it, and kills it at chosen instants, until it was killed `kills` times or is complete. */
export async function killAndResume(job: KilledJob, kills: number): Promise<Killed> {
  const agent = await ensureAgentBuilt();
  const sum: Killed = { kills: 0, inMerge: 0, mayRedo: 0, complete: false };
  while (sum.kills < kills && !sum.complete) {
    const known = existsSync(join(job.folder, '.milepost'));
    const args = known ? ['resume', job.folder] : job.run;
    const child = spawn(process.execPath, [agent, ...args], {
      cwd: job.home.dir,
      env: job.home.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await killOne(job, child, sum, kills);
  }
  return sum;
}

/** One run: commands are killed in it until the agent is killed too, or ends. */
async function killOne(job: KilledJob, child: ChildProcess, sum: Killed, kills: number): Promise<void> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const running = () => child.exitCode === null && child.signalCode === null;
  const pid = child.pid;
  if (pid === undefined) throw new Error('The agent did not start.');
  let childKills = 0;
  while (running() && sum.kills < kills) {
    const merging = await waitForInstant(job, running, kills - sum.kills <= kills * MERGE_SHARE);
    if (!running()) break;
    const target = chooseTarget(job.random);
    const commands = runningCommands(job, pid);
    const hit = target === 'agent' ? [] : target === 'child' ? commands.slice(0, 1) : commands;
    if (target === 'child') {
      if (hit.length === 0) continue;
      childKills += 1;
      sum.kills += 1;
      sum.mayRedo += 1;
      if (merging) sum.inMerge += 1;
      for (const command of hit) kill(command);
      continue;
    }
    // The command's group is its own pid; the agent was started as the leader of a group as well.
    for (const command of hit) kill(target === 'groups' ? -command : command);
    kill(target === 'groups' ? -pid : pid);
    await ended;
    if (child.signalCode === 'SIGKILL') {
      sum.kills += 1;
      sum.mayRedo += job.run.includes('4') ? 4 : 1;
      if (merging) sum.inMerge += 1;
      return;
    }
  }
  await endedWithin(ended, said);
  if (child.signalCode !== null) return;
  if (child.exitCode === 0) sum.complete = true;
  // A batch's command that was killed again and again, or a merge's, makes the job fail; nothing else may.
  else if (child.exitCode !== 1 || childKills === 0) {
    throw new Error(`The agent ended with ${child.exitCode}: ${said}`);
  }
}

/** Waits for a chosen instant; true: it lies in the merge, or after it. */
async function waitForInstant(job: KilledJob, running: () => boolean, keptForMerge: boolean) {
  const { random, workload, folder, total } = job;
  const committed = () => ledgerOf(folder).reduce((sum, { count }) => sum + count, 0) === total;
  if (random.next() < 0.15) {
    await delay(random.between(0, STARTUP_MS));
    return false;
  }
  if (keptForMerge || committed()) {
    await until(() => isMerging(folder), running);
    await delay(random.between(0, 1.5 * MERGE_MS));
    return true;
  }
  const before = workload.startsBytes();
  await until(() => workload.startsBytes() > before || committed(), running);
  await delay(random.between(0, 1.5 * BATCH_MS));
  return false;
}

async function until(seen: () => boolean, running: () => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (running() && !seen()) {
    if (performance.now() > deadline) throw new Error('Nothing was started any more.');
    await delay(2);
  }
}

async function endedWithin(ended: Promise<void>, said: string): Promise<void> {
  const limit = new AbortController();
  const late = delay(LIMIT_MS, undefined, { signal: limit.signal }).then(
    () => Promise.reject(new Error(`The agent hangs: ${said}`)),
    () => undefined,
  );
  await Promise.race([ended, late]);
  limit.abort();
}

function chooseTarget(random: Random): Target {
  const choice = random.next();
  if (choice < 0.15) return 'child';
  if (choice < 0.5) return 'agent';
  return choice < 0.75 ? 'both' : 'groups';
}

/** The commands that this agent runs now: of batches and of the merge. */
function runningCommands({ home }: KilledJob, agentPid: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ');
      if (Number(fields?.[1]) !== agentPid || fields?.[0] === 'Z') continue;
      if (readFileSync(`/proc/${name}/environ`, 'latin1').includes(`HOME=${home.env['HOME']}`)) {
        // Only commands lead a group; the helper that takes the lock does not.
        if (fields?.[2] === name) found.push(Number(name));
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
