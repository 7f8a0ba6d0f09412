import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BenchRun } from './record.ts';

const run = promisify(execFile);

/** Where, when and how the bench is started now, and the versions of what it is measured beside. */
export async function describeBenchRun(
  command: string,
  dir: string,
  python: string,
  now: Date,
): Promise<BenchRun> {
  const cores = cpus();
  const versions = {
    OpenSSH: await versionOf(['ssh', '-V'], /OpenSSH_([\w.]+)/),
    'GNU parallel': await versionOf(['parallel', '--version'], /GNU parallel (\d+)/),
    tqdm: await versionOf([python, '-c', 'import tqdm; print(tqdm.__version__)'], /([\d.]+)/),
    Python: await versionOf([python, '--version'], /Python ([\d.]+)/),
    Chromium: await versionOf([process.env['MILEPOST_CHROMIUM'] ?? 'chromium', '--version'], /([\d.]+)/),
  };
  return {
    command,
    at: now.toISOString(),
    cores: cores.length,
    cpu: cores[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    os: await systemName(),
    disk: await fileSystemOf(dir),
    node: process.versions.node,
    peers: Object.fromEntries(
      Object.entries(versions).flatMap(([name, version]) => (version === null ? [] : [[name, version]])),
    ),
  };
}

/** null where it isn't there. */
async function versionOf([program = '', ...args]: string[], pattern: RegExp): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(program, args, { timeout: 20_000 });
    return pattern.exec(stdout + stderr)?.[1] ?? null;
  } catch {
    return null;
  }
}

async function systemName(): Promise<string> {
  const release_ = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const name = /^PRETTY_NAME="(.+)"$/m.exec(release_)?.[1];
  return `${name === undefined ? '' : `${name}, `}${type()} ${release().split('-')[0]}`;
}

async function fileSystemOf(dir: string): Promise<string> {
  const kind = await versionOf(['df', '--output=fstype', dir], /\n(\S+)/);
  return kind === null ? 'an unknown file system' : kind;
}

const WATCHED_MS = 1500;

/** The share of all cores, in percent, that others take while this process waits. */
export async function othersPercent(): Promise<number> {
  const total = () => {
    const all = cpus().map(({ times }) => times);
    const idle = all.reduce((sum, times) => sum + times.idle, 0);
    const busy = all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
    return { idle, busy };
  };
  const before = total();
  await delay(WATCHED_MS);
  const after = total();
  const [idle, busy] = [after.idle - before.idle, after.busy - before.busy];
  return Math.round((busy / Math.max(1, idle + busy)) * 100);
}
