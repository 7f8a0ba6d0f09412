import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, makeJob, replaceFile, type TestJob } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Monitor } from '../src/api.ts';
import { createMonitor } from '../src/monitor.ts';
import type { MonitorOptions } from '../src/monitorOptions.ts';
import { createSshConnect, type SshOptions } from '../src/ssh/connect.ts';
import type { JobView, MonitorEvent } from '../src/view.ts';
import { sessionPids, signalSessions } from './sshSessions.ts';

const FAST = { watchingMs: 100, runningMs: 150, idleMs: 200, backoffMs: 100, maxBackoffMs: 300 };

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
const monitors: Monitor[] = [];
const jobs: TestJob[] = [];

beforeEach(async () => {
  temp = await makeTempDir();
  sshd = await startSshd({ dir: temp.path });
  await installFakeAgent(sshd.home, 'exit 4');
});

afterEach(async () => {
  await Promise.all(monitors.splice(0).map((monitor) => monitor.stop()));
  await Promise.all(jobs.splice(0).map((job) => job.kill()));
  await sshd.stop();
  await temp.remove();
});

interface Watched {
  monitor: Monitor;
  events: MonitorEvent[];
  kinds(): string[];
  job(id: string): JobView | undefined;
  link(): string | undefined;
}

function watch(options: Partial<MonitorOptions> = {}, ssh: SshOptions = {}, paths: string[] = []): Watched {
  const monitor = createMonitor({
    hosts: [{ id: 'gpu', destination: sshd.alias, paths }],
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
}

async function jobOnHost(id: string): Promise<TestJob> {
  const job = await makeJob(sshd.home, id);
  jobs.push(job);
  return job;
}

describe('a job on a host', () => {
  it('is seen running, killed, going on in a new run, and complete, each told once', async () => {
    const watched = watch();
    await waitFor('the host', () => watched.link() === 'online');
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    expect(watched.job('dataset')).toMatchObject({
      key: 'gpu/dataset',
      runId: job.runId,
      progress: { completed: 100, total: 1000, percent: 10, etaSeconds: 120 },
    });
    expect(Math.abs((watched.job('dataset')?.endsAt ?? 0) - (Date.now() + 120_000))).toBeLessThan(10_000);

    await job.kill();
    const killed = await waitFor('interrupted', () => {
      const seen = watched.job('dataset');
      return seen?.state === 'interrupted' && seen;
    });
    expect(killed.reason).toMatch(/pid \d+\) is gone/);

    await job.startRun(2);
    await job.progress({ completed: 200, total: 1000, status: 'RUNNING' });
    await waitFor('running again', () => watched.job('dataset')?.state === 'running');
    await job.progress({ completed: 1000, total: 1000, status: 'COMPLETE', etaMinutes: '0.0 min' });
    await job.endRun(2, 'complete');
    await waitFor('complete', () => watched.job('dataset')?.state === 'complete');
    await watched.monitor.pollNow();
    await waitFor('the events', () => watched.events.length >= 4);
    expect(watched.kinds()).toEqual(['started', 'interrupted', 'started', 'completed']);
    expect(new Set(watched.events.map(({ id }) => id)).size).toBe(4);
  });

  it('that is given by its path needs no list and no agent, where only paths are asked for', async () => {
    const [given, other] = [await jobOnHost('given'), await jobOnHost('other')];
    for (const job of [given, other]) {
      await job.startRun(1);
      await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    }
    await writeFile(join(given.dir, '.milepost/job.json'), '{"id":"given","name":"given"}');
    const hosts = [{ id: 'gpu', destination: sshd.alias, paths: [given.dir], onlyPaths: true }];
    const watched = watch({ hosts });
    const key = `gpu:${given.dir}`;
    await waitFor('running', () => watched.job(key)?.state === 'running');
    await given.kill();
    await waitFor('interrupted', () => watched.job(key)?.state === 'interrupted');
    expect(watched.monitor.view().jobs).toHaveLength(1);
    await expect(readFile(join(sshd.home, 'calls.log'))).rejects.toThrow('ENOENT');
  });

  it('is judged by its end record, not by its process, once it ended in order', async () => {
    const job = await jobOnHost('render');
    await job.startRun(1);
    await job.progress({
      completed: 5,
      total: 10,
      status: 'FAILED',
      more: ['Message: batch 5 ended with 1'],
    });
    await job.endRun(1, 'failed', 'batch 5 ended with 1');
    await job.kill();
    const watched = watch();
    const seen = await waitFor('the job', () => watched.job('render'));
    expect(seen).toMatchObject({ state: 'failed', reason: 'batch 5 ended with 1' });
    // It ended before anybody watched: nothing to tell.
    expect(watched.events).toEqual([]);
  });

  it('is told of after a restart of the watcher when it ended meanwhile, and once', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const first = watch();
    await waitFor('running', () => first.job('dataset')?.state === 'running');
    await first.monitor.stop();
    await job.kill();
    const second = watch();
    await waitFor('interrupted', () => second.kinds().includes('interrupted'));
    await second.monitor.stop();
    const third = watch();
    await waitFor('the job', () => third.job('dataset')?.state === 'interrupted');
    await third.monitor.pollNow();
    expect(second.kinds()).toEqual(['interrupted']);
    expect(third.kinds()).toEqual([]);
  });

  it('that was started under another boot of the host is interrupted', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const runs = join(job.dir, '.milepost/runs.jsonl');
    const line = decodeRecordLine((await readFile(runs, 'utf8')).trim());
    const boot = '00000000-0000-4000-8000-000000000000';
    const text = JSON.stringify(line).replace(/"bootId":"[^"]*"/, `"bootId":"${boot}"`);
    await replaceFile(runs, encodeRecordLine(JSON.parse(text)));
    const watched = watch();
    const seen = await waitFor('the job', () => watched.job('dataset'));
    expect(seen).toMatchObject({ state: 'interrupted', reason: 'the host was restarted' });
  });
});

describe('files watched by path', () => {
  it("takes somebody's own PROGRESS.txt, its folder, and a file that comes later", async () => {
    const folder = join(sshd.home, 'mine');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'PROGRESS.txt'), 'Progress: 30/60\n');
    const late = join(sshd.home, 'late.txt');
    const watched = watch({}, {}, [folder, join(folder, 'PROGRESS.txt'), late]);
    const seen = await waitFor('the folder', () => watched.job(`gpu:${folder}`));
    expect(seen).toMatchObject({ id: null, name: 'mine', state: 'running', progress: { percent: 50 } });
    expect(watched.job(`gpu:${folder}/PROGRESS.txt`)?.progress.percent).toBe(50);
    expect(watched.job(`gpu:${late}`)?.state).toBe('missing');
    await writeFile(late, 'Progress: 1/4\nCOMPLETE\n');
    await waitFor('the late file', () => watched.job(`gpu:${late}`)?.state === 'complete');
  });
});

describe('the link to a host', () => {
  it('is unreachable while sshd is stopped, and no job fails or stalls by it', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const watched = watch({ limits: { unreachableMs: 300, unreachableEventMs: 300, reachableEventMs: 300 } });
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    signalSessions(sshd, 'SIGKILL');
    await sshd.stop();
    await waitFor('unreachable', () => watched.link() === 'unreachable');
    expect(watched.job('dataset')?.state).toBe('unreachable');
    const problem = watched.monitor.view().hosts[0]?.link;
    expect(problem).toMatchObject({ problem: { kind: 'connection-refused' } });
    await sshd.start();
    await waitFor('online', () => watched.link() === 'online');
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    await waitFor('both events', () => watched.events.length >= 2);
    expect(watched.kinds()).toEqual(['unreachable', 'reachable']);
  });
});

describe('trouble on the link', () => {
  /** Connections that the server has seen so far, by its log. */
  const connections = (): number => sshd.log().split('Connection from').length - 1;

  it('a refused host key is told and not tried again until a person asks', async () => {
    const known = await readFile(sshd.knownHosts, 'utf8');
    await writeFile(sshd.knownHosts, '');
    const watched = watch();
    await waitFor('refused', () => watched.link() === 'refused');
    expect(connections()).toBe(1);
    await watched.monitor.pollNow();
    watched.monitor.setAttention('watching');
    watched.monitor.sleep();
    watched.monitor.wake();
    await watched.monitor.pollNow();
    // Longer than any interval or backoff of this test.
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(connections()).toBe(1);
    await writeFile(sshd.knownHosts, known);
    await watched.monitor.pollNow('gpu');
    expect(watched.link()).toBe('online');
  });

  it('a refused key is offered once', async () => {
    const other = join(temp.path, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await writeFile(sshd.config, (await readFile(sshd.config, 'utf8')).replace(sshd.key, other));
    const watched = watch();
    // Asked for while the first attempt is under way: it comes after it, and finds the host refused.
    await Promise.all([watched.monitor.pollNow(), watched.monitor.pollNow()]);
    await waitFor('refused', () => watched.link() === 'refused');
    await watched.monitor.pollNow();
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(watched.monitor.view().hosts[0]?.link).toMatchObject({ problem: { kind: 'auth-refused' } });
    expect(sshd.log().split('Failed publickey').length - 1).toBe(1);
    expect(connections()).toBe(1);
  });

  it('a frozen server is unreachable after its deadlines, and seen again when it goes on', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const watched = watch(
      { limits: { unreachableMs: 300, unreachableEventMs: 3_600_000 } },
      { callDeadlineMs: 300, readyDeadlineMs: 300 },
    );
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    const frozen = [sshd.pid(), ...sessionPids(sshd)];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    await waitFor('unreachable', () => watched.link() === 'unreachable');
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    // A short outage makes no noise.
    expect(watched.events).toEqual([]);
  });

  it('a lost connection is renewed without a word', async () => {
    const watched = watch();
    await waitFor('online', () => watched.link() === 'online');
    const links = new Set<string>();
    watched.monitor.onView((view) => links.add(view.hosts[0]?.link.kind ?? ''));
    signalSessions(sshd, 'SIGKILL');
    await waitFor('a second connection', () => connections() >= 2);
    await watched.monitor.pollNow();
    expect([...links]).toEqual(['online']);
  });

  it('stop leaves nothing behind: no session on the host, no timer, no socket', async () => {
    await jobOnHost('dataset');
    const watched = watch();
    await waitFor('online', () => watched.link() === 'online');
    const before = connections();
    watched.monitor.setAttention('watching');
    await watched.monitor.stop();
    await waitFor('the sessions to end', () => sessionPids(sshd).length === 0);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(connections()).toBe(before);
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap');
    expect(sockets).toEqual([]);
  });

  it('stop while connecting ends the attempt', async () => {
    process.kill(sshd.pid(), 'SIGSTOP');
    const watched = watch();
    await waitFor('an attempt', () => process.getActiveResourcesInfo().includes('TCPSocketWrap'));
    await watched.monitor.stop();
    expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
  });
});

describe('what a host may hold', () => {
  it('a FIFO or a device in place of PROGRESS.txt is not opened, and a huge file is read in part', async () => {
    const fifo = await jobOnHost('fifo');
    execFileSync('mkfifo', [join(fifo.dir, 'PROGRESS.txt')]);
    const device = await jobOnHost('device');
    await symlink('/dev/zero', join(device.dir, 'PROGRESS.txt'));
    const loop = await jobOnHost('loop');
    await symlink('PROGRESS.txt', join(loop.dir, 'PROGRESS.txt'));
    const huge = await jobOnHost('huge');
    await writeFile(join(huge.dir, 'PROGRESS.txt'), 'Progress: 3/10\n');
    await truncate(join(huge.dir, 'PROGRESS.txt'), 10 * 1024 ** 3);
    const fine = await jobOnHost('fine');
    await fine.progress({ completed: 5, total: 10, status: 'RUNNING' });
    const watched = watch();
    await waitFor('the jobs', () => watched.monitor.view().jobs.length === 5);
    for (const id of ['fifo', 'device']) {
      expect(watched.job(id)).toMatchObject({ state: 'unreadable' });
      expect(watched.job(id)?.reason).toContain('no regular file');
    }
    expect(watched.job('loop')?.state).toBe('missing');
    expect(['unreadable', 'running']).toContain(watched.job('huge')?.state);
    expect(watched.job('fine')).toMatchObject({ state: 'running', progress: { percent: 50 } });
    await watched.monitor.pollNow();
    expect(watched.link()).toBe('online');
  });

  it('a registry with foreign names and broken entries harms nobody', async () => {
    const fine = await jobOnHost('fine');
    await fine.progress({ completed: 5, total: 10, status: 'RUNNING' });
    const registry = join(sshd.home, '.local/state/milepost/jobs');
    const entry = { version: 1, uid: 'x'.repeat(16), name: 'x', dir: fine.dir, createdAt: '' };
    await writeFile(join(registry, '$(touch x).json'), JSON.stringify({ ...entry, id: '$(touch x)' }));
    await writeFile(join(registry, 'a\nb.json'), '{}');
    await writeFile(join(registry, 'other.json'), JSON.stringify({ ...entry, id: 'fine' }));
    await writeFile(join(registry, 'broken.json'), '{"version":1,');
    await writeFile(join(registry, 'large.json'), ' '.repeat(100_000));
    await writeFile(
      join(registry, 'newer.json'),
      JSON.stringify({ version: 9, id: 'newer', name: 'From the \u001b[31mfuture', dir: fine.dir }),
    );
    const watched = watch();
    await waitFor('the jobs', () => watched.monitor.view().jobs.length > 0);
    expect(watched.monitor.view().jobs.map(({ id }) => id)).toEqual(['fine', 'newer']);
    // Its progress is shown all the same.
    expect(watched.job('newer')).toMatchObject({ name: 'From the future', progress: { percent: 50 } });
    expect(watched.monitor.view().hosts[0]?.problem?.kind).toBe('registry');
  });
});

describe('hosts and agents in trouble', () => {
  it('a host that does not answer holds no other host up', async () => {
    const silent = createServer();
    const accepted: Socket[] = [];
    silent.on('connection', (socket) => {
      accepted.push(socket.resume().on('error', () => undefined));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const config = await readFile(sshd.config, 'utf8');
    const second = config
      .replace(`Host ${sshd.alias}`, 'Host silent')
      .replace(`${sshd.port}`, `${address.port}`);
    await writeFile(sshd.config, `${config}${second}`);
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const watched = watch({
      hosts: [
        { id: 'silent', destination: 'silent', paths: [] },
        { id: 'gpu', destination: sshd.alias, paths: [] },
      ],
    });
    await waitFor('the other host', () => watched.job('dataset')?.state === 'running');
    expect(watched.link()).toBe('connecting');
    await watched.monitor.stop();
    await waitFor('its socket to close', () => accepted.every((socket) => socket.destroyed));
    silent.close();
  });

  it('an agent that never answers is told, and the host is watched without it', async () => {
    const bin = join(sshd.home, '.local/bin/milepost');
    await writeFile(bin, '#!/bin/sh\nexec sleep 5\n');
    const file = join(sshd.home, 'PROGRESS.txt');
    await writeFile(file, 'Progress: 1/4\n');
    const watched = watch({ execDeadlineMs: 400 }, {}, [file]);
    await waitFor('the file', () => watched.job(`gpu:${file}`)?.progress.percent === 25);
    expect(watched.link()).toBe('online');
    expect(watched.monitor.view().hosts[0]).toMatchObject({ agent: null, problem: { kind: 'timeout' } });
  });

  it('an agent that is put there while the host is watched is found, at the latest when a person asks', async () => {
    const bin = join(sshd.home, '.local/bin/milepost');
    await rename(bin, `${bin}.away`);
    const watched = watch();
    await waitFor('online', () => watched.link() === 'online');
    expect(watched.monitor.view().hosts[0]).toMatchObject({ agent: null, problem: null });
    const before = sessionPids(sshd);
    await rename(`${bin}.away`, bin);
    await watched.monitor.pollNow('gpu');
    expect(watched.monitor.view().hosts[0]).toMatchObject({ agent: { version: '0.1.0' }, problem: null });
    expect(sessionPids(sshd)).toEqual(before);
  });

  it('a newer agent is watched and not acted with', async () => {
    const script = join(sshd.home, '.local/bin/milepost');
    await writeFile(script, (await readFile(script, 'utf8')).replace('"protocol":1', '"protocol":9'));
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    await job.kill();
    const watched = watch();
    await waitFor('interrupted', () => watched.job('dataset')?.state === 'interrupted');
    expect(watched.monitor.view().hosts[0]?.problem?.kind).toBe('agent-newer');
    expect(await watched.monitor.resume('gpu/dataset')).toMatchObject({
      kind: 'refused',
      problem: { kind: 'agent-newer' },
    });
  });

  it('hosts can be added and taken away; a host that stays keeps its connection', async () => {
    const watched = watch();
    await waitFor('online', () => watched.link() === 'online');
    const before = sessionPids(sshd);
    const gpu = { id: 'gpu', destination: sshd.alias, paths: [] };
    watched.monitor.setHosts([gpu, { ...gpu, id: 'again' }]);
    await waitFor('both', () => watched.monitor.view().hosts.every(({ link }) => link.kind === 'online'));
    expect(sessionPids(sshd)).toEqual(expect.arrayContaining(before));
    watched.monitor.setHosts([]);
    expect(watched.monitor.view()).toMatchObject({ hosts: [], jobs: [] });
    await waitFor('the sessions to end', () => sessionPids(sshd).length === 0);
  });
});

describe('the machine sleeps', () => {
  it('with no connection, and what it slept through is told at wake', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const watched = watch();
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    watched.monitor.sleep();
    await waitFor('the sessions to end', () => sessionPids(sshd).length === 0);
    await job.kill();
    await watched.monitor.pollNow();
    expect(watched.job('dataset')?.state).toBe('running');
    watched.monitor.wake();
    await waitFor('interrupted', () => watched.kinds().includes('interrupted'));
    expect(watched.kinds()).toEqual(['interrupted']);
  });
});

describe('resume', () => {
  const STARTED = (runId: string, dir: string): string =>
    JSON.stringify({ version: 1, id: 'dataset', dir, run: 2, runId, alreadyComplete: false });
  const PLAN = JSON.stringify({
    version: 1,
    id: 'dataset',
    state: 'interrupted',
    done: { batches: 1, items: 100 },
    todo: { items: 900 },
    redo: [],
    estimatedSeconds: 60,
    refused: null,
  });

  it('fetches the plan, sends two clicks as one command, and says so until a poll sees the new run', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
    await job.kill();
    await installFakeAgent(
      sshd.home,
      [
        `case "$*" in`,
        `'resume dataset --plan --json') printf '%s\\n' '${PLAN}' ;;`,
        `'resume dataset --detach --json') while [ ! -f "$HOME/go" ]; do sleep 0.02; done; cat "$HOME/answer" ;;`,
        `*) exit 2 ;;`,
        `esac`,
      ].join('\n'),
    );
    const watched = watch();
    await waitFor('the plan', () => watched.job('dataset')?.plan?.answer.todo.items === 900);
    const clicks = [watched.monitor.resume('gpu/dataset'), watched.monitor.resume('gpu/dataset')];
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'resuming' });
    await writeFile(join(sshd.home, 'answer'), STARTED('new-run-of-it', job.dir));
    await writeFile(join(sshd.home, 'go'), '');
    expect(await Promise.all(clicks)).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    // The answer came, the run is not seen yet: a third click is still the same resume.
    expect(await watched.monitor.resume('gpu/dataset')).toEqual({ kind: 'done' });
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'resuming' });
    await job.startRun(2);
    await job.progress({ completed: 200, total: 1000, status: 'RUNNING' });
    await waitFor('the new run', () => watched.job('dataset')?.action === null);
    expect(watched.job('dataset')).toMatchObject({ state: 'running', plan: null });
    const calls = (await readFile(join(sshd.home, 'calls.log'), 'utf8')).split('\n');
    expect(calls.filter((call) => call === 'resume dataset --detach --json')).toHaveLength(1);
  });

  it('whose answer was lost is unknown, never sent again, and told by the next poll', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
    await job.kill();
    await installFakeAgent(
      sshd.home,
      `case "$*" in 'resume dataset --detach --json') while [ ! -f "$HOME/go" ]; do sleep 0.02; done;; *) exit 4;; esac`,
    );
    const watched = watch({ confirmMs: 1500 });
    await waitFor('interrupted', () => watched.job('dataset')?.state === 'interrupted');
    const sent = (): number => {
      const log = readFileSync(join(sshd.home, 'calls.log'), 'utf8');
      return log.split('\n').filter((call) => call.includes('--detach')).length;
    };
    const resume = watched.monitor.resume('gpu/dataset');
    await waitFor('the command', () => sent() === 1);
    signalSessions(sshd, 'SIGKILL');
    expect(await resume).toMatchObject({ kind: 'unknown' });
    expect(await watched.monitor.resume('gpu/dataset')).toMatchObject({ kind: 'unknown' });
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'resuming' });
    // No new run comes: then it was not done, and may be asked for again.
    await waitFor('the end of it', () => watched.job('dataset')?.action?.kind === 'resume-failed');
    expect(sent()).toBe(1);
    await writeFile(join(sshd.home, 'go'), '');
  });

  it('that the agent refuses says why, in its own words, cleaned', async () => {
    const job = await jobOnHost('dataset');
    await job.startRun(1);
    await job.progress({ completed: 100, total: 1000, status: 'STOPPED' });
    await job.endRun(1, 'stopped');
    const answer = { kind: 'held', message: 'pid 7 on \u001b[1mbox holds it', hint: 'Wait for it.' };
    await installFakeAgent(
      sshd.home,
      `printf '%s\\n' '${JSON.stringify({ version: 1, error: answer })}'; exit 3`,
    );
    const watched = watch();
    await waitFor('stopped', () => watched.job('dataset')?.state === 'stopped');
    const problem = { kind: 'held', what: 'pid 7 on box holds it', next: 'Wait for it.' };
    expect(await watched.monitor.plan('gpu/dataset')).toEqual({ kind: 'failed', problem });
    expect(await watched.monitor.resume('gpu/dataset')).toEqual({ kind: 'refused', problem });
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'resume-failed', problem });
  });

  it('of a job on a host without an agent, or of no job, is refused with what to do', async () => {
    const watched = watch();
    await waitFor('online', () => watched.link() === 'online');
    expect(await watched.monitor.resume('gpu/none')).toMatchObject({
      kind: 'refused',
      problem: { kind: 'no-job' },
    });
  });
});
