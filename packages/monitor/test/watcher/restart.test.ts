import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRecordLine, encodeRecordLine } from '@milepost/shared/recordLine';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, makeJob, replaceFile, type TestJob } from '@milepost/testing/writtenJob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleWatcher, startWatcher, type Watcher } from './watcher.ts';

let shared: Awaited<ReturnType<typeof makeTempDir>>;
let program: string;
let temp: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
let job: TestJob;
const watchers: Watcher[] = [];

beforeAll(async () => {
  shared = await makeTempDir();
  program = await bundleWatcher(shared.path);
});
afterAll(() => shared.remove());

beforeEach(async () => {
  temp = await makeTempDir();
  sshd = await startSshd({ dir: temp.path });
  await installFakeAgent(sshd.home, 'exit 4');
  job = await makeJob(sshd.home, 'dataset');
});

afterEach(async () => {
  await Promise.all(watchers.splice(0).map((watcher) => watcher.end('SIGKILL')));
  await job.kill();
  await sshd.stop();
  await temp.remove();
});

function start(): Watcher {
  const watcher = startWatcher(program, temp.path, {
    hosts: [{ id: 'gpu', destination: sshd.alias, paths: [] }],
    configFile: sshd.config,
    events: join(temp.path, 'events.json'),
    callDeadlineMs: 5000,
  });
  watchers.push(watcher);
  return watcher;
}

const all = (): string[] => watchers.flatMap((watcher) => watcher.events());
const isSeen = (watcher: Watcher, state: string): Promise<boolean> =>
  waitFor(state, () => watcher.job('dataset')?.state === state);

/** It is on disk that the job was seen, and that every event so far was shown. */
const isNoted = (): Promise<boolean> =>
  waitFor('it to be noted', async () => {
    const text = await readFile(join(temp.path, 'events.json'), 'utf8');
    return text.includes('gpu/dataset') && !text.includes('"isShown":false');
  });

describe('a watching program that is killed', () => {
  it('and started again tells the whole life of a job, each event once', async () => {
    let watcher = start();
    await waitFor('the host', () => watcher.view()?.hosts[0]?.link === 'online');
    // Killed before, in and after everything that happens to the job.
    const again = async (): Promise<void> => {
      await isNoted();
      await watcher.end('SIGKILL');
      watcher = start();
    };
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    await isSeen(watcher, 'running');
    await waitFor('started', () => all().length === 1);
    await again();
    await isSeen(watcher, 'running');
    await isNoted();
    await watcher.end('SIGKILL');
    await job.kill();
    watcher = start();
    await isSeen(watcher, 'interrupted');
    await waitFor('interrupted', () => all().length === 2);
    await again();
    await isSeen(watcher, 'interrupted');
    await job.startRun(2);
    await job.progress({ completed: 5, total: 10, status: 'RUNNING' });
    await isSeen(watcher, 'running');
    await waitFor('started again', () => all().length === 3);
    await again();
    await job.progress({ completed: 10, total: 10, status: 'COMPLETE' });
    await job.endRun(2, 'complete');
    await isSeen(watcher, 'complete');
    await waitFor('completed', () => all().length === 4);
    await again();
    await isSeen(watcher, 'complete');
    // What was left pending would be told at the start; one more poll than that has been.
    await watcher.end('SIGTERM');
    expect(all()).toEqual(['started', 'interrupted', 'started', 'completed']);
    const ids = watchers.flatMap((one) => one.eventIds());
    expect(new Set(ids).size).toBe(ids.length);
    expect(watchers.map((one) => one.errors()).join('')).toBe('');
  });

  it('at any instant, over and over while the job goes on: no event is lost, and one told twice has the same id', async () => {
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const first = start();
    await isSeen(first, 'running');
    await isNoted();
    await first.end('SIGKILL');
    await job.kill();
    for (let time = 0; time < 6; time += 1) {
      const watcher = start();
      // From before its first poll until after its first event.
      await waitFor('its time', () => watcher.view() !== undefined || watcher.errors() !== '');
      await new Promise((resolve) => setTimeout(resolve, time * 40));
      await watcher.end('SIGKILL');
    }
    const last = start();
    await isSeen(last, 'interrupted');
    await last.end('SIGTERM');
    // A kill between showing and noting that it was shown may show it again, under its id, which replaces it.
    expect(new Set(watchers.flatMap((one) => one.eventIds())).size).toBe(1);
    expect(new Set(all())).toEqual(new Set(['interrupted']));
  });
});

describe('a host that was started again while nobody watched', () => {
  it('leaves its job interrupted, told once, and never stalled', async () => {
    await job.startRun(1);
    await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    const before = start();
    await isSeen(before, 'running');
    await isNoted();
    await before.end('SIGKILL');
    await job.kill();
    // The records are of another boot now, as they are after a reboot; another program has the pid.
    const runs = join(job.dir, '.milepost/runs.jsonl');
    const line = JSON.stringify(decodeRecordLine((await readFile(runs, 'utf8')).trim()));
    const other = '00000000-0000-4000-8000-000000000000';
    await replaceFile(
      runs,
      encodeRecordLine(
        JSON.parse(line.replace(/"bootId":"[^"]*"/, `"bootId":"${other}"`).replace(/"pid":\d+/, `"pid":1`)),
      ),
    );
    const after = start();
    await isSeen(after, 'interrupted');
    await waitFor('the event', () => after.events().length === 1);
    await after.end('SIGTERM');
    expect(all()).toEqual(['interrupted']);
    expect(after.job('dataset')?.reason).toBe('the host was restarted');
  });
});
