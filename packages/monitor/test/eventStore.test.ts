import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEventStore } from '../src/eventStore.ts';
import type { MonitorEvent } from '../src/view.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let path: string;

beforeEach(async () => {
  temp = await makeTempDir();
  path = join(temp.path, 'deep/events.json');
});
afterEach(() => temp.remove());

function event(id: string): MonitorEvent {
  return {
    id,
    kind: 'completed',
    hostId: 'gpu',
    hostName: 'gpu',
    jobKey: 'gpu/a',
    jobName: 'a',
    runId: 'run-aaaa',
    at: 1,
    progress: null,
    reason: null,
  };
}
const KNOWN_JOB = {
  state: 'running',
  runId: 'r',
  episode: 1,
  stalls: 0,
  returns: 0,
  isOverdueTold: false,
} as const;

describe('the store of events', () => {
  it('keeps what was told and what is pending across restarts', async () => {
    const first = await openEventStore(path);
    expect([first.add(event('1')), first.add(event('2')), first.add(event('1'))]).toEqual([
      true,
      true,
      false,
    ]);
    first.markShown('1');
    first.setHost('gpu', { lastPollAt: 5, lastPollHostAt: 6, toldOutageAt: null });
    first.setJob('gpu/a', KNOWN_JOB);
    await first.save();
    const second = await openEventStore(path);
    expect(second.pending().map(({ id }) => id)).toEqual(['2']);
    expect(second.add(event('1'))).toBe(false);
    // What was shown is known too: its notification may still stand.
    expect([second.event('1'), second.event('3')]).toEqual([event('1'), null]);
    expect(second.host('gpu')?.lastPollHostAt).toBe(6);
    expect(second.job('gpu/a')).toEqual(KNOWN_JOB);
    second.forgetHost('gpu');
    expect([second.host('gpu'), second.job('gpu/a')]).toEqual([null, null]);
    expect(await readdir(join(temp.path, 'deep'))).toEqual(['events.json']);
  });

  it('stays bounded, and lets go of what was shown before what was not', async () => {
    const store = await openEventStore(path);
    store.add(event('pending'));
    for (let number = 0; number < 1500; number += 1) {
      store.add(event(`${number}`));
      store.markShown(`${number}`);
    }
    expect(store.pending().map(({ id }) => id)).toEqual(['pending']);
    await store.save();
    expect(JSON.parse(await readFile(path, 'utf8')).events).toHaveLength(1000);
  });

  it('sets a damaged file aside and says so', async () => {
    const flat = join(temp.path, 'events.json');
    await writeFile(flat, '{"version":1,"hosts":');
    const store = await openEventStore(flat);
    expect(store.problem()).toMatchObject({ kind: 'store-damaged' });
    expect(await readFile(`${flat}.damaged`, 'utf8')).toBe('{"version":1,"hosts":');
    store.add(event('1'));
    await store.save();
    expect((await openEventStore(flat)).pending()).toHaveLength(1);
  });

  it('leaves a file of a newer version alone', async () => {
    const flat = join(temp.path, 'events.json');
    await writeFile(flat, '{"version":2,"things":[]}');
    const store = await openEventStore(flat);
    expect(store.problem()).toMatchObject({ kind: 'store-newer' });
    expect(store.add(event('1'))).toBe(true);
    await store.save();
    expect(await readFile(flat, 'utf8')).toBe('{"version":2,"things":[]}');
  });

  it('that cannot be written says so and goes on', async () => {
    await writeFile(join(temp.path, 'deep'), 'a file where the folder should be');
    const store = await openEventStore(path);
    store.add(event('1'));
    await store.save();
    expect(['store-write', 'store-read']).toContain(store.problem()?.kind);
    expect(store.pending()).toHaveLength(1);
  });
});
