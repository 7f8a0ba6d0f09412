import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { appendFile, chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { parseProcStat } from '@milepost/shared/runs';

// A job as an agent leaves it on a host, written by hand, with a real process as its agent.

export interface TestJob {
  id: string;
  dir: string;
  runId: string;
  /** Replaces PROGRESS.txt whole, as the agent does. */
  progress(lines: ProgressLines): Promise<void>;
  /** Writes a start record for a process (default: a new sleeping one) and takes it for the job's run. */
  startRun(run?: number): Promise<ChildProcess>;
  endRun(run: number, outcome: string, reason?: string): Promise<void>;
  /** Ends the agent's process with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ProgressLines {
  completed: number;
  total: number;
  status: string;
  etaMinutes?: string;
  more?: readonly string[];
}

export function progressText({
  completed,
  total,
  status,
  etaMinutes = '2.0 min',
  more = [],
}: ProgressLines): string {
  const percent = Math.floor((1000 * completed) / total) / 10;
  return [
    `Progress: ${completed}/${total} (${completed === total ? '100' : percent.toFixed(1)}%)`,
    'Elapsed: 1.0 min',
    `ETA: ${etaMinutes}`,
    `Last update: ${new Date().toISOString()}`,
    `Status: ${status}`,
    ...more,
    '',
  ].join('\n');
}

/** Writes a file under another name and renames it into place. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

export async function makeJob(home: string, id: string): Promise<TestJob> {
  const dir = join(home, 'data', id);
  const records = join(dir, '.milepost');
  const registry = join(home, '.local/state/milepost/jobs');
  await mkdir(records, { recursive: true });
  await mkdir(registry, { recursive: true });
  await replaceFile(
    join(registry, `${id}.json`),
    JSON.stringify({ version: 1, id, uid: randomUUID(), name: id, dir, createdAt: new Date().toISOString() }),
  );
  let child: ChildProcess | undefined;
  const job: TestJob = {
    id,
    dir,
    runId: '',
    progress: (lines) => replaceFile(join(dir, 'PROGRESS.txt'), progressText(lines)),
    async startRun(run = 1) {
      const started = startSleeper();
      child = started;
      job.runId = randomUUID();
      await appendFile(
        join(records, 'runs.jsonl'),
        encodeRecordLine({
          version: 1,
          kind: 'start',
          run,
          runId: job.runId,
          at: new Date().toISOString(),
          process: identityOf(started.pid ?? 0),
          agent: '0.1.0',
        }),
      );
      return started;
    },
    async endRun(run, outcome, reason) {
      await appendFile(
        join(records, 'runs.jsonl'),
        encodeRecordLine({
          version: 1,
          kind: 'end',
          run,
          at: new Date().toISOString(),
          outcome,
          reason: reason ?? null,
        }),
      );
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
  return job;
}

/** A process that does nothing and ends with the test's own, should the test not end it. */
function startSleeper(): ChildProcess {
  return spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
}

export function identityOf(pid: number): Record<string, unknown> {
  return {
    host: hostname(),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pid,
    startTime: parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.startTime ?? null,
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/**
 * Puts a shell script where the agent lies. `body` handles what is after `--version --json`; each call's arguments are
 * appended to `calls.log` in the home folder first; then `before` runs.
 */
export async function installFakeAgent(home: string, body: string, before = ''): Promise<void> {
  const bin = join(home, '.local/bin');
  await mkdir(bin, { recursive: true });
  const version = JSON.stringify({
    version: '0.1.0',
    protocol: 1,
    node: process.version,
    registry: join(home, '.local/state/milepost/jobs'),
  });
  const script = join(bin, 'milepost');
  await writeFile(
    `${script}.new`,
    [
      '#!/bin/sh',
      'echo "$*" >> "$HOME/calls.log"',
      before,
      `if [ "$*" = "--version --json" ]; then printf '%s\\n' '${version}'; exit 0; fi`,
      body,
      '',
    ].join('\n'),
  );
  await chmod(`${script}.new`, 0o755);
  await rename(`${script}.new`, script);
}
