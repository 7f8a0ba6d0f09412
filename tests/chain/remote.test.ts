import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { startGatedJob } from '@milepost/testing/gatedJob';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// resume, stop, logs and fetch of a job on a real sshd, from this machine's command line.

let host: TestHost;
beforeEach(async () => {
  host = await startHost();
});
afterEach(() => host.remove());

const reach = () => ['--ssh-config', host.sshd.config];

describe('a job on another host', () => {
  test('is resumed once, by HOST:ID; while it runs a second resume is refused', async () => {
    const job = await startGatedJob(host);
    await job.open(4);
    await waitFor('four batches', async () => (await host.progress(job.results))?.completed === 4);
    await host.killAgent(job.results);
    expect(await host.milepost(['resume', 'gpu-1:gated', ...reach()])).toEqual({
      code: 0,
      stdout: 'gated runs on gpu-1.\n',
      stderr: '',
    });
    expect((await host.progress(job.results))?.runs).toBe(2);
    const second = await host.milepost(['resume', 'gpu-1:gated', ...reach()]);
    expect([3, 4]).toContain(second.code);
    expect(second.stderr).toMatch(/runs|running|held/);
    await job.open(10);
    await waitFor('the end', async () => (await host.progress(job.results))?.status === 'complete');
    expect(await host.committed(job.results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('is stopped in order, and shows its log', async () => {
    const job = await startGatedJob(host);
    const logs = await waitFor('the first line of its log', async () => {
      const ended = await host.milepost(['logs', 'gpu-1:gated', '-n', '5', ...reach()]);
      return ended.stdout.includes('batch 0\n') ? ended : undefined;
    });
    expect(logs.code).toBe(0);
    expect(await host.milepost(['stop', 'gpu-1:gated', ...reach()])).toMatchObject({ code: 0 });
    await waitFor('the request to be seen', async () =>
      (await host.progress(job.results))?.message?.includes('asked to stop'),
    );
    await job.open(10);
    await waitFor(
      'the run to be stopped',
      async () => (await host.progress(job.results))?.status === 'stopped',
    );
    expect((await host.progress(job.results))?.completed).toBe(1);
  });

  test('has its result fetched and checked; a part of it while it runs', async () => {
    const job = await startGatedJob(host);
    const to = join(host.dir, 'fetched');
    await mkdir(to);
    await job.open(3);
    await waitFor('three batches', async () => (await host.progress(job.results))?.completed === 3);
    const partial = await host.milepost(['fetch', 'gpu-1:gated', '--partial', '--to', to, ...reach()]);
    expect(partial).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(join(to, 'gated.partial.txt'), 'utf8')).toBe('0\n1\n2\n');
    await job.open(10);
    await waitFor('the end', async () => (await host.progress(job.results))?.status === 'complete');
    const whole = await host.milepost(['fetch', 'gpu-1:gated', '--to', to, ...reach()]);
    expect(whole).toMatchObject({ code: 0, stdout: expect.stringContaining('its hash is right') });
    expect(await readFile(join(to, 'gated.txt'), 'utf8')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
    expect((await readdir(to)).sort()).toEqual(['gated.partial.txt', 'gated.txt']);

    // What is on the host is no longer what was merged: nothing of it stays here.
    const other = join(host.dir, 'other');
    await mkdir(other);
    await writeFile(join(job.results, 'gated.txt'), 'x\n'.repeat(10));
    const changed = await host.milepost(['fetch', 'gpu-1:gated', '--to', other, ...reach()]);
    expect(changed.code).not.toBe(0);
    expect(changed.stderr).toMatch(/gated\.txt/);
    expect(await readdir(other)).toEqual([]);
  });

  test('that is not there, and a host that is not there, are told', async () => {
    expect(await host.milepost(['resume', 'gpu-1:nothing', ...reach()])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('gpu-1 has no job nothing'),
    });
    await host.sshd.stop();
    expect(await host.milepost(['stop', 'gpu-1:gated', ...reach()])).toMatchObject({ code: 6 });
    expect(await host.milepost(['fetch', 'gated', ...reach()])).toMatchObject({ code: 2 });
  });

  test('whose answer to a resume is lost: said so, sent once, and running all the same', async () => {
    const job = await startGatedJob(host);
    await job.open(2);
    await waitFor('two batches', async () => (await host.progress(job.results))?.completed === 2);
    await host.killAgent(job.results);
    // The connection breaks when the resume is done, before its answer.
    const bin = join(host.sshd.home, '.local/bin');
    await rename(join(bin, 'milepost'), join(bin, 'milepost-itself'));
    const script = [
      '#!/bin/sh',
      'echo "$*" >> "$HOME/calls.log"',
      'case "$*" in *--detach*) "$HOME/.local/bin/milepost-itself" "$@" >/dev/null 2>&1; kill -KILL $PPID; exit;; esac',
      'exec "$HOME/.local/bin/milepost-itself" "$@"',
      '',
    ];
    await writeFile(join(bin, 'milepost'), script.join('\n'), { mode: 0o755 });
    const resumed = await host.milepost(['resume', 'gpu-1:gated', ...reach()]);
    expect(resumed).toMatchObject({ code: 6, stdout: '' });
    expect(resumed.stderr).toMatch(/The answer to the resume was lost.*\n.*may have been done all the same/);
    const calls = (await readFile(join(host.sshd.home, 'calls.log'), 'utf8')).split('\n');
    expect(calls.filter((call) => call.includes('--detach'))).toHaveLength(1);
    await job.open(10);
    await waitFor('the end', async () => (await host.progress(job.results))?.status === 'complete');
    expect((await host.progress(job.results))?.runs).toBe(2);
    expect(await host.committed(job.results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a job on a host that allows one session for each connection', () => {
  test('is resumed, shows its log, is stopped and fetched', async () => {
    await host.remove();
    host = await startHost(['MaxSessions 1']);
    const job = await startGatedJob(host);
    await job.open(1);
    await waitFor('a batch', async () => (await host.progress(job.results))?.completed === 1);
    await host.killAgent(job.results);
    const said = (stdout: string) => ({ code: 0, stdout, stderr: '' });
    expect(await host.milepost(['resume', 'gpu-1:gated', ...reach()])).toEqual(
      said('gated runs on gpu-1.\n'),
    );
    await job.open(2);
    await waitFor('another batch', async () => (await host.progress(job.results))?.completed === 2);
    const logs = await host.milepost(['logs', 'gpu-1:gated', '-n', '1', ...reach()]);
    expect(logs).toMatchObject({ code: 0, stdout: expect.stringContaining('batch') });
    expect(await host.milepost(['stop', 'gpu-1:gated', '--now', ...reach()])).toMatchObject({ code: 0 });
    await waitFor('it to stop', async () => (await host.progress(job.results))?.status === 'stopped');
    const fetched = await host.milepost(['fetch', 'gpu-1:gated', '--partial', '--to', host.dir, ...reach()]);
    expect(fetched).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(join(host.dir, 'gated.partial.txt'), 'utf8')).toBe('0\n1\n');
  });
});
