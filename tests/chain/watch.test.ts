import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { startGatedJob } from '@milepost/testing/gatedJob';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ensureAgentBuilt } from '../../scripts/ensureBuilt.mjs';

// `milepost watch` on this machine, of a job under the real agent on a real sshd.

let host: TestHost;
let agent: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  agent = await ensureAgentBuilt();
  host = await startHost();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await host.remove();
});

const changeSchema = z.object({
  target: z.string(),
  host: z.string(),
  id: z.string().nullable(),
  state: z.string(),
  completed: z.number().nullable().optional(),
  reason: z.string().nullable(),
});

/** Starts `milepost watch` without a terminal, as a script does. */
function startWatch(args: readonly string[]) {
  const child = spawn(
    process.execPath,
    [agent, 'watch', '--ssh-config', host.sshd.config, '--interval', '1s', ...args],
    {
      env: { PATH: process.env['PATH'], HOME: host.dir, XDG_STATE_HOME: join(host.dir, 'state') },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    child,
    output: () => stdout,
    changes: () =>
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => changeSchema.parse(JSON.parse(line))),
    ended: new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, stdout, stderr })),
    ),
  };
}

const remoteAgent = () => join(host.sshd.home, '.local/bin/milepost');

describe('milepost watch', () => {
  test('tells each change as JSON until the job is killed: exit code 5; then until it is complete: 0', async () => {
    const job = await startGatedJob(host);
    const first = startWatch(['gpu-1', '--json']);
    await waitFor('the job to be seen', () => first.changes().some(({ state }) => state === 'running'));
    await job.open(3);
    await waitFor('its progress to be seen', () => first.changes().some(({ completed }) => completed === 3));
    await host.killAgent(job.results);
    const ended = await first.ended;
    expect(ended.code).toBe(5);
    expect(first.changes().at(-1)).toMatchObject({
      target: 'gpu-1',
      id: 'gated',
      state: 'interrupted',
      completed: 3,
    });

    await host.ssh([remoteAgent(), 'resume', 'gated', '--detach']);
    const second = startWatch([`gpu-1:${job.results}`]);
    await waitFor('the job to be seen again', () => second.output().includes('running'));
    await job.open(10);
    expect((await second.ended).code).toBe(0);
    expect(second.output()).toMatch(/gated {2}complete {2}10\/10 items {2}100%/);
  });

  test('a network fault never ends it', async () => {
    const job = await startGatedJob(host);
    const watch = startWatch(['gpu-1', '--json']);
    await waitFor('the job to be seen', () => watch.changes().some(({ state }) => state === 'running'));
    await host.sshd.stop();
    await job.open(10);
    await waitFor(
      'the job to be complete unseen',
      async () => (await host.progress(job.results))?.status === 'complete',
    );
    expect(watch.child.exitCode).toBeNull();
    await host.sshd.start();
    expect((await watch.ended).code).toBe(0);
    expect(watch.changes().map(({ state }) => state)).not.toContain('failed');
  });

  test('once prints a line for each job and ends: 7 while one goes on', async () => {
    const job = await startGatedJob(host);
    await waitFor('the job to run', async () => (await host.progress(job.results))?.status === 'running');
    const running = await startWatch(['gpu-1', '--once']).ended;
    expect(running).toMatchObject({ code: 7, stdout: expect.stringMatching(/^gpu-1: gated {2}running/) });
    await job.open(10);
    await waitFor(
      'the job to be complete',
      async () => (await host.progress(job.results))?.status === 'complete',
    );
    expect(await startWatch(['gpu-1', '--once']).ended).toMatchObject({ code: 0 });
    expect(await startWatch(['gpu-1:/no/such/folder', '--once']).ended).toMatchObject({ code: 6 });
  });

  test('a host key that is not known is refused without a terminal, with its fingerprint: exit code 6', async () => {
    await writeFile(host.sshd.knownHosts, '');
    const ended = await startWatch(['gpu-1']).ended;
    expect(ended.code).toBe(6);
    expect(ended.stdout).toMatch(/SHA256:[A-Za-z0-9+/]{43}/);
    const log = host.sshd.log();
    expect(log.match(/Connection from/g)?.length).toBe(1);
  });
});
