import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFrozenHome, FROZEN_V1, readFrozen } from '@milepost/testing/frozen';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openEventStore } from '../src/eventStore.ts';
import { openHistoryStore } from '../src/historyStore.ts';
import { judgeHostKey, parseKnownHosts } from '../src/ssh/knownHosts.ts';
import { startWatchedHost } from './watching.ts';

// What a watcher of version 1 noted on its machine, and a host that it watched: fixtures/v1/README.md of tests/support.

let temp: Awaited<ReturnType<typeof makeTempDir>>;
beforeEach(async () => {
  temp = await makeTempDir();
});
afterEach(() => temp.remove());

async function frozen(name: string): Promise<{ path: string; text: string; raw: Record<string, unknown> }> {
  const path = join(temp.path, name);
  await copyFile(join(FROZEN_V1, 'app', name), path);
  const text = await readFrozen('app', name);
  return { path, text, raw: z.record(z.string(), z.unknown()).parse(JSON.parse(text)) };
}

const eventsSchema = z.object({
  hosts: z.record(z.string(), z.unknown()),
  jobs: z.record(z.string(), z.unknown()),
  events: z.array(z.object({ event: z.looseObject({ id: z.string() }), isShown: z.boolean() })),
});

describe('the memory of version 1', () => {
  it('holds every event, job and host that it held, and is written as the same bytes', async () => {
    const { path, text, raw } = await frozen('events.json');
    const wanted = eventsSchema.parse(raw);
    const store = await openEventStore(path);
    expect(store.problem()).toBeNull();
    expect(wanted.events.length).toBe(8);
    for (const { event } of wanted.events) expect(store.event(event.id)).toEqual(event);
    expect(store.pending()).toEqual([]);
    expect(Object.keys(wanted.jobs).length).toBe(5);
    for (const [key, job] of Object.entries(wanted.jobs)) expect(store.job(key)).toEqual(job);
    const host = store.host('gpu-1');
    expect(host).toEqual(wanted.hosts['gpu-1']);
    if (host === null) throw new Error('The host is gone.');
    store.setHost('gpu-1', host);
    await writeFile(path, '');
    await store.save();
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('holds every run that it held, and one more is written beside them', async () => {
    const { path, raw } = await frozen('history.json');
    const store = await openHistoryStore(path);
    expect(store.problem()).toBeNull();
    expect({ version: 1, runs: store.records() }).toEqual(raw);
    const [newest] = store.records();
    if (newest === undefined) throw new Error('There is no run.');
    store.note({ ...newest, id: 'gpu-1/later/run', endedAt: newest.endedAt + 1 });
    await store.save();
    const again = await openHistoryStore(path);
    expect({ version: 1, runs: again.records().slice(1) }).toEqual(raw);
  });

  it.each(['events.json', 'history.json'])(
    '%s of a version that is not known yet is refused and kept',
    async (name) => {
      const { path, text } = await frozen(name);
      const newer = text.replace('"version":1', '"version":2');
      await writeFile(path, newer);
      const problem =
        name === 'events.json'
          ? (await openEventStore(path)).problem()
          : (await openHistoryStore(path)).problem();
      expect(problem).toMatchObject({
        kind: 'store-newer',
        what: expect.stringContaining(path),
        next: 'Update Milepost.',
      });
      expect(await readFile(path, 'utf8')).toBe(newer);
    },
  );

  it('trusts the host’s key that it trusted', async () => {
    const text = await readFrozen('app/known_hosts');
    const key = Buffer.from(text.split(' ')[2] ?? '', 'base64');
    const entries = parseKnownHosts(text, 'known_hosts');
    expect(judgeHostKey(entries, '[gpu-1.example.org]:2222', key)).toMatchObject({ kind: 'known' });
  });
});

describe('a host of version 1', () => {
  it('shows each of its jobs, and what became of it', async () => {
    const host = await startWatchedHost();
    try {
      await copyFrozenHome(host.sshd.home);
      const watched = host.watch();
      const states = () =>
        Object.fromEntries(
          watched.monitor.view().jobs.map((job) => [job.id, [job.state, job.progress?.completed]]),
        );
      await waitFor('every job to be read', () => Object.keys(states()).length === 6);
      await waitFor('the dead to be told', () => states()['loop']?.[0] === 'interrupted');
      expect(states()).toEqual({
        broken: ['failed', 1],
        dataset: ['interrupted', 12],
        frames: ['complete', 12],
        loop: ['interrupted', 0],
        train: ['interrupted', 5],
        words: ['interrupted', 10],
      });
    } finally {
      await host.end();
    }
  });
});
