import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../src/clock.ts';
import type { MonitorEvent } from '../src/view.ts';
import { createWakeSummary, summaryOf } from '../src/wakeSummary.ts';
import { sessionPids } from './sshSessions.ts';
import { startWatchedHost, type WatchedHost } from './watching.ts';

function eventOf(kind: MonitorEvent['kind'], jobName: string, hostId = 'gpu'): MonitorEvent {
  return {
    id: `${hostId}/${jobName}/${kind}`,
    kind,
    hostId,
    hostName: hostId,
    jobKey: `${hostId}/${jobName}`,
    jobName,
    runId: null,
    at: 1,
    progress: null,
    reason: null,
  };
}

describe('a summary', () => {
  it('names all that happened, what matters most first', () => {
    const one = summaryOf([eventOf('completed', 'a'), eventOf('failed', 'b'), eventOf('completed', 'c')], 7);
    expect(one).toMatchObject({
      id: 'wake-7/summary',
      kind: 'summary',
      hostId: 'gpu',
      reason: '1 failed, 2 complete',
    });
    expect(one.summary?.map(({ jobName }) => jobName)).toEqual(['b', 'a', 'c']);
    expect(summaryOf([eventOf('failed', 'a'), eventOf('failed', 'a', 'b')], 7)).toMatchObject({
      hostId: '',
      hostName: '',
    });
  });

  it('waits for every host that answers, and not longer than its time for one that doesn’t', () => {
    const timers: (() => void)[] = [];
    const clock: Clock = {
      now: () => 5,
      steady: () => 5,
      setTimer(_delayMs, fire) {
        timers.push(fire);
        return () => undefined;
      },
    };
    const told: string[][] = [];
    const summary = createWakeSummary(clock, (events) => told.push(events.map(({ kind }) => kind)));
    expect(summary.take('a', [eventOf('failed', 'a')], true)).toBe(false);
    summary.begin(['a', 'b']);
    expect(summary.take('a', [eventOf('failed', 'a')], true)).toBe(true);
    expect(summary.holds('gpu/a/failed')).toBe(true);
    summary.take('b', [], false);
    expect(told).toEqual([]);
    summary.take('b', [eventOf('completed', 'b')], true);
    expect(told).toEqual([['failed', 'completed']]);
    summary.begin(['a', 'b']);
    summary.take('a', [eventOf('stopped', 'a')], true);
    timers.at(-1)?.();
    expect(told.at(-1)).toEqual(['stopped']);
    expect(summary.take('b', [], true)).toBe(false);
  });
});

describe('this machine', () => {
  let host: WatchedHost;
  beforeEach(async () => {
    host = await startWatchedHost();
  });
  afterEach(() => host.end());

  async function twoJobs() {
    const jobs = [await host.makeJob('one'), await host.makeJob('two')] as const;
    for (const job of jobs) {
      await job.startRun(1);
      await job.progress({ completed: 1, total: 10, status: 'RUNNING' });
    }
    return jobs;
  }

  it('hears at wake in one event what happened while it slept, once, also after a restart', async () => {
    const [one, two] = await twoJobs();
    const watched = host.watch();
    await waitFor('both', () => ['one', 'two'].every((id) => watched.job(id)?.state === 'running'));
    watched.monitor.sleep();
    await one.kill();
    await two.progress({ completed: 10, total: 10, status: 'COMPLETE' });
    await two.endRun(1, 'complete');
    watched.monitor.wake();
    await waitFor('the summary', () => watched.events.length > 0);
    expect(watched.kinds()).toEqual(['summary']);
    expect(watched.events[0]?.summary?.map(({ kind, jobName }) => `${jobName} ${kind}`)).toEqual([
      'one interrupted',
      'two completed',
    ]);
    await watched.monitor.pollNow();
    await watched.monitor.stop();
    const again = host.watch();
    await waitFor('both', () => again.job('two')?.state === 'complete');
    await again.monitor.pollNow();
    expect([...watched.kinds(), ...again.kinds()]).toEqual(['summary']);
  });

  it('notices by itself that it slept, and then begins anew', async () => {
    const [one, two] = await twoJobs();
    let ahead = 0;
    let isSleeping = false;
    const clock: Clock = {
      ...systemClock,
      now: () => Date.now() + ahead,
      // The machine sleeps while a timer waits: it fires an hour late.
      setTimer: (delayMs, fire) =>
        systemClock.setTimer(delayMs, () => {
          if (isSleeping) ahead = 3_600_000;
          isSleeping = false;
          fire();
        }),
    };
    const watched = host.watch({ clock });
    await waitFor('both', () => ['one', 'two'].every((id) => watched.job(id)?.state === 'running'));
    const before = sessionPids(host.sshd);
    await Promise.all([one.kill(), two.kill()]);
    isSleeping = true;
    await waitFor('both', () => ['one', 'two'].every((id) => watched.job(id)?.state === 'interrupted'));
    await waitFor('a new connection', () => {
      const pids = sessionPids(host.sshd);
      return pids.length > 0 && pids.every((pid) => !before.includes(pid));
    });
    await watched.monitor.pollNow();
    expect(watched.link()).toBe('online');
  });

  it('tests the way to its hosts at once when the network changes', async () => {
    const watched = host.watch(
      {
        intervals: { watchingMs: 3_600_000, runningMs: 3_600_000, idleMs: 3_600_000 },
      },
      { callDeadlineMs: 300 },
    );
    await waitFor('online', () => watched.link() === 'online');
    const [job] = await twoJobs();
    watched.monitor.networkChanged();
    await waitFor('the job', () => watched.job('one')?.state === 'running');
    // The old connection is dead without a word, as after another address.
    for (const pid of sessionPids(host.sshd)) process.kill(pid, 'SIGSTOP');
    await job.kill();
    watched.monitor.networkChanged();
    await waitFor('the news over a new one', () => watched.job('one')?.state === 'interrupted');
    expect(watched.link()).toBe('online');
  });
});
