import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, type TestJob } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signalSessions } from './sshSessions.ts';
import { startWatchedHost, type Watched, type WatchedHost } from './watching.ts';

let host: WatchedHost;

beforeEach(async () => {
  host = await startWatchedHost();
});

afterEach(async () => {
  await host.end();
});

async function runningJob(): Promise<{ job: TestJob; watched: Watched }> {
  const job = await host.makeJob('dataset');
  await job.startRun(1);
  await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
  const watched = host.watch();
  await waitFor('running', () => watched.job('dataset')?.state === 'running');
  return { job, watched };
}

const calls = (): string[] => readFileSync(join(host.sshd.home, 'calls.log'), 'utf8').trim().split('\n');

describe('an agent that is killed before it answers', () => {
  // As sshd tells it, and as a login shell that waited for it does.
  it.each(['kill -KILL $$', 'exit 137'])(
    'by “%s”: a question says so and may be asked again',
    async (death) => {
      await installFakeAgent(host.sshd.home, death);
      const { watched } = await runningJob();
      expect(await watched.monitor.partialMerge('gpu/dataset')).toEqual({
        kind: 'failed',
        problem: {
          kind: 'exec-killed',
          what: 'milepost was killed on the host before it answered.',
          next: 'Try it again. If it happens each time: is the host out of memory?',
        },
      });
    },
  );

  it.each(['kill -KILL $$', 'exit 137'])('by “%s”: nobody says that a stop was refused', async (death) => {
    await installFakeAgent(host.sshd.home, death);
    const { watched } = await runningJob();
    expect(await watched.monitor.stopJob('gpu/dataset')).toMatchObject({
      kind: 'unknown',
      problem: { kind: 'exec-killed', what: expect.stringContaining('The answer to the stop was lost') },
    });
  });
});

describe('stop', () => {
  it('is asked of the agent once, said until the run has ended, and asked again with “now”', async () => {
    const asked = JSON.stringify({ version: 1, id: 'dataset', state: 'running', asked: true });
    await installFakeAgent(
      host.sshd.home,
      `case "$*" in 'stop dataset --json'|'stop dataset --now --json') printf '%s\\n' '${asked}';; *) exit 4;; esac`,
    );
    const { job, watched } = await runningJob();
    const both = [watched.monitor.stopJob('gpu/dataset'), watched.monitor.stopJob('gpu/dataset')];
    expect(await Promise.all(both)).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    expect(await watched.monitor.stopJob('gpu/dataset')).toEqual({ kind: 'done' });
    await watched.monitor.pollNow();
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'stopping', now: false });
    expect(await watched.monitor.stopJob('gpu/dataset', { now: true })).toEqual({ kind: 'done' });
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'stopping', now: true });
    await job.progress({ completed: 100, total: 1000, status: 'STOPPED' });
    await job.endRun(1, 'stopped');
    await waitFor('the end', () => watched.job('dataset')?.state === 'stopped');
    await waitFor('no action', () => watched.job('dataset')?.action === null);
    expect(calls().filter((call) => call.startsWith('stop'))).toEqual([
      'stop dataset --json',
      'stop dataset --now --json',
    ]);
  });

  it('that is refused says why; of a job that does not run it is done', async () => {
    const error = { kind: 'refused', message: 'not yours', hint: null };
    await installFakeAgent(
      host.sshd.home,
      `if [ -f "$HOME/ended" ]; then printf '%s\\n' '{"version":1,"id":"dataset","state":"complete","asked":false}'; exit 0; fi
printf '%s\\n' '${JSON.stringify({ version: 1, error })}'; exit 4`,
    );
    const { watched } = await runningJob();
    const problem = { kind: 'refused', what: 'not yours', next: null };
    expect(await watched.monitor.stopJob('gpu/dataset')).toEqual({ kind: 'refused', problem });
    expect(watched.job('dataset')?.action).toMatchObject({ kind: 'stop-failed', problem });
    await writeFile(join(host.sshd.home, 'ended'), '');
    expect(await watched.monitor.stopJob('gpu/dataset')).toEqual({ kind: 'done' });
    expect(watched.job('dataset')?.action).toBe(null);
    expect(await watched.monitor.stopJob('gpu/none')).toMatchObject({
      kind: 'refused',
      problem: { kind: 'no-job' },
    });
  });

  it('whose answer was lost is unknown and not sent again', async () => {
    await installFakeAgent(
      host.sshd.home,
      `case "$*" in stop*) while [ ! -f "$HOME/go" ]; do sleep 0.02; done;; *) exit 4;; esac`,
    );
    const job = await host.makeJob('dataset');
    await job.startRun(1);
    await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
    const watched = host.watch({ confirmMs: 800 });
    await waitFor('running', () => watched.job('dataset')?.state === 'running');
    const stop = watched.monitor.stopJob('gpu/dataset');
    await waitFor('the command', () => calls().some((call) => call.startsWith('stop')));
    signalSessions(host.sshd, 'SIGKILL');
    expect(await stop).toMatchObject({ kind: 'unknown' });
    expect(await watched.monitor.stopJob('gpu/dataset')).toMatchObject({ kind: 'unknown' });
    await waitFor('the end of it', () => watched.job('dataset')?.action?.kind === 'stop-failed');
    expect(calls().filter((call) => call.startsWith('stop'))).toHaveLength(1);
    await writeFile(join(host.sshd.home, 'go'), '');
  });
});

describe('logs', () => {
  it('are the last lines, cleaned line by line, and never more than was asked for', async () => {
    const log = join(host.sshd.home, 'log');
    await installFakeAgent(
      host.sshd.home,
      `case "$*" in 'logs dataset -n 4') tail -n 4 "$HOME/log";; 'logs dataset -n 1001') cat "$HOME/log";; *) exit 4;; esac`,
    );
    const { watched } = await runningJob();
    await writeFile(log, 'zero\none\n\u001b[31mtwo\u001b[0m \u202ella\nthree\u0007\n');
    expect(await watched.monitor.logs('gpu/dataset', { lines: 3 })).toEqual({
      kind: 'lines',
      lines: ['one', 'two lla', 'three'],
      cut: true,
    });
    await writeFile(log, `${'x'.repeat(100_000)}\n${'line\n'.repeat(3000)}`);
    const many = await watched.monitor.logs('gpu/dataset', { lines: 1e9 });
    expect(many).toMatchObject({ kind: 'lines', cut: true });
    expect(many.kind === 'lines' && many.lines.length).toBe(1000);
    await installFakeAgent(host.sshd.home, 'exec yes');
    expect(await watched.monitor.logs('gpu/dataset', { lines: 3 })).toMatchObject({
      kind: 'failed',
      problem: { kind: 'exec-flood' },
    });
    await waitFor('the host again', () => watched.link() === 'online');
  });
});

describe('a resume command of the person’s own', () => {
  it('runs once, in the folder of the file, without a terminal, and outlives the connection', async () => {
    const folder = join(host.sshd.home, "it's mine");
    await mkdir(folder);
    const file = join(folder, 'PROGRESS.txt');
    await writeFile(file, 'Progress: 30/60\nStatus: FAILED\n');
    const resumeCommand = [
      'pwd >> "$HOME/runs"',
      'cat; echo said; echo "it\'s" >&2',
      'while [ ! -f "$HOME/go" ]; do sleep 0.02; done',
      'echo "Progress: 31/60" > PROGRESS.txt',
    ].join('; ');
    const watched = host.watch({
      hosts: [
        { id: 'gpu', destination: host.sshd.alias, paths: [], watches: [{ path: folder, resumeCommand }] },
      ],
    });
    const key = `gpu:${folder}`;
    await waitFor('failed', () => watched.job(key)?.state === 'failed');
    expect(watched.job(key)).toMatchObject({ resumeBy: 'command' });
    expect(await Promise.all([watched.monitor.resume(key), watched.monitor.resume(key)])).toEqual([
      { kind: 'done' },
      { kind: 'done' },
    ]);
    await waitFor('its start', () => existsSync(join(host.sshd.home, 'runs')));
    expect(await watched.monitor.resume(key)).toEqual({ kind: 'done' });
    expect(watched.job(key)?.action).toMatchObject({ kind: 'resuming' });
    signalSessions(host.sshd, 'SIGKILL');
    await writeFile(join(host.sshd.home, 'go'), '');
    await waitFor('the file to move', () => watched.job(key)?.progress.completed === 31);
    await waitFor('no action', () => watched.job(key)?.action === null);
    expect(await readFile(join(host.sshd.home, 'runs'), 'utf8')).toBe(`${folder}\n`);
    expect(await readFile(join(folder, 'milepost-resume.log'), 'utf8')).toBe("said\nit's\n");
    // It runs: nothing is started beside it.
    await appendFile(file, 'Status: RUNNING\n');
    await waitFor('running', () => watched.job(key)?.state === 'running');
    expect(await watched.monitor.resume(key)).toMatchObject({ kind: 'refused', problem: { kind: 'held' } });
  });

  it('is not there for a path without one, nor sent where its folder is gone', async () => {
    const file = join(host.sshd.home, 'PROGRESS.txt');
    await writeFile(file, 'Progress: 30/60\nStatus: FAILED\n');
    const watched = host.watch({ hosts: [{ id: 'gpu', destination: host.sshd.alias, paths: [file] }] });
    await waitFor('failed', () => watched.job(`gpu:${file}`)?.state === 'failed');
    expect(watched.job(`gpu:${file}`)?.resumeBy).toBe(null);
    expect(await watched.monitor.resume(`gpu:${file}`)).toMatchObject({
      kind: 'refused',
      problem: { kind: 'no-job', next: 'Resume it where it was started.' },
    });
    expect(await watched.monitor.logs(`gpu:${file}`, { lines: 10 })).toMatchObject({
      kind: 'failed',
      problem: { kind: 'no-job', next: 'Look at it where it was started.' },
    });
  });
});
