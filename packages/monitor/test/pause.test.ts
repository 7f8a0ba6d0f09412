import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRest } from '../src/rest.ts';
import { sessionPids } from './sshSessions.ts';
import { startWatchedHost, type WatchedHost } from './watching.ts';

describe('a rest', () => {
  it('begins with its first cause, and ends with its last', () => {
    const told: string[] = [];
    const rest = createRest({
      begin: () => told.push('begin'),
      end: (hasSlept) => told.push(hasSlept ? 'end, slept' : 'end'),
    });
    rest.setPaused(true);
    rest.setPaused(true);
    rest.setAsleep(true);
    rest.setAsleep(false);
    expect(told).toEqual(['begin']);
    expect(rest.isResting).toBe(true);
    rest.setPaused(false);
    rest.setPaused(false);
    expect(told).toEqual(['begin', 'end, slept']);
    rest.setPaused(true);
    rest.setPaused(false);
    expect(told.slice(2)).toEqual(['begin', 'end']);
    expect(rest.isResting).toBe(false);
  });
});

describe('a monitor', () => {
  let host: WatchedHost;
  beforeEach(async () => {
    host = await startWatchedHost();
  });
  afterEach(() => host.end());

  const logins = (): number => host.sshd.log().split('Accepted publickey').length - 1;

  it('that is paused has no connection and makes none, and goes on where it was', async () => {
    const job = await host.makeJob('dataset');
    await job.progress({ completed: 9, total: 100, status: 'RUNNING' });
    await job.startRun();
    const { monitor, job: seen } = host.watch();
    await waitFor('the job', () => seen('dataset')?.state === 'running');

    monitor.setPaused(true);
    await waitFor('the connection to end', () => sessionPids(host.sshd).length === 0);
    await job.progress({ completed: 20, total: 100, status: 'RUNNING' });
    // Neither a poll that somebody asks for, nor a host that is new, nor a wake ends it.
    await monitor.pollNow();
    monitor.setHosts([
      { id: 'gpu', destination: host.sshd.alias, paths: [] },
      { id: 'second', destination: host.sshd.alias, paths: [] },
    ]);
    monitor.sleep();
    monitor.wake();
    monitor.networkChanged();
    // Longer than any interval of this test.
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(logins()).toBe(1);
    expect(seen('dataset')?.progress.completed).toBe(9);

    monitor.setPaused(false);
    await waitFor('the new value', () => seen('dataset')?.progress.completed === 20);
    await waitFor('the second host', () => monitor.view().hosts[1]?.link.kind === 'online');
  });

  it('takes other intervals from the next poll on', async () => {
    const job = await host.makeJob('dataset');
    await job.progress({ completed: 9, total: 100, status: 'RUNNING' });
    await job.startRun();
    const { monitor, job: seen } = host.watch({ intervals: { runningMs: 3_600_000, idleMs: 3_600_000 } });
    await waitFor('the job', () => seen('dataset')?.state === 'running');
    await job.progress({ completed: 20, total: 100, status: 'RUNNING' });
    monitor.setIntervals({ runningMs: 100 });
    await waitFor('the new value', () => seen('dataset')?.progress.completed === 20, { limitMs: 10_000 });
  });
});
