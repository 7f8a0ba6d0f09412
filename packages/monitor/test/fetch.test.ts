import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, type TestJob } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FetchProgress } from '../src/api.ts';
import { measureOfFolder } from '../src/localPlace.ts';
import { sessionPids, signalSessions } from './sshSessions.ts';
import { startWatchedHost, type Watched, type WatchedHost } from './watching.ts';

let host: WatchedHost;
let job: TestJob;
let to: string;

beforeEach(async () => {
  host = await startWatchedHost();
  job = await host.makeJob('dataset');
  await job.startRun(1);
  await job.progress({ completed: 100, total: 1000, status: 'RUNNING' });
  to = join(host.temp, 'chosen');
  await mkdir(to);
});

afterEach(async () => {
  await host.end();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function merged(file: string, bytes: Uint8Array, record: Record<string, unknown> = {}): Promise<void> {
  await writeFile(join(job.dir, file), bytes);
  const text = JSON.stringify({
    version: 1,
    file,
    bytes: bytes.length,
    sha256: sha256(bytes),
    basis: sha256(Buffer.from('basis')),
    at: new Date().toISOString(),
    ...record,
  });
  await writeFile(join(job.dir, '.milepost/merged.json'), text);
}

async function ledger(
  first: number,
  file: string,
  measure: { bytes: number; sha256: string },
): Promise<void> {
  const entry = { version: 1, index: first, first, count: 100, file, ...measure, seconds: 1, attempt: 1 };
  await appendFile(
    join(job.dir, '.milepost/ledger.jsonl'),
    encodeRecordLine({ ...entry, at: new Date().toISOString() }),
  );
}

async function checkpoint(first: number, file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(job.dir, file), bytes);
  await ledger(first, file, { bytes: bytes.length, sha256: sha256(bytes) });
}

async function seen(watched: Watched): Promise<void> {
  await waitFor('the job', () => watched.job('dataset')?.state === 'running');
}

describe('a fetched result', () => {
  it('is the same bytes, checked by hash; once more it is there already, and another of its name is left alone', async () => {
    const bytes = randomBytes(3_000_001);
    await merged('dataset.npz', bytes);
    const watched = host.watch();
    await seen(watched);
    const told: FetchProgress[] = [];
    const request = { what: 'result', to } as const;
    const first = await watched.monitor.fetch('gpu/dataset', request, {
      onProgress: (now) => told.push(now),
    });
    const file = { name: 'dataset.npz', path: join(to, 'dataset.npz'), bytes: bytes.length, checked: 'hash' };
    expect(first).toEqual({ kind: 'fetched', files: [{ ...file, wasThere: false }] });
    expect((await readFile(join(to, 'dataset.npz'))).equals(bytes)).toBe(true);
    expect(told.at(-1)).toMatchObject({
      filesDone: 1,
      files: 1,
      bytesDone: bytes.length,
      bytes: bytes.length,
    });
    expect(await watched.monitor.fetch('gpu/dataset', request)).toEqual({
      kind: 'fetched',
      files: [{ ...file, wasThere: true }],
    });
    await writeFile(join(to, 'dataset.npz'), 'mine');
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      files: [{ path: join(to, 'dataset (2).npz'), wasThere: false }],
    });
    expect(await readFile(join(to, 'dataset.npz'), 'utf8')).toBe('mine');
    expect((await readdir(to)).sort()).toEqual(['dataset (2).npz', 'dataset.npz']);
  });

  it('goes on after breaks of the connection, without fetching again what is there', async () => {
    const bytes = randomBytes(40_000_000);
    await merged('dataset.npz', bytes);
    const watched = host.watch();
    await seen(watched);
    const phases = new Set<string>();
    let breaks = 0;
    let most = 0;
    let goneBack = 0;
    const result = await watched.monitor.fetch(
      'gpu/dataset',
      { what: 'result', to },
      {
        onProgress: ({ bytesDone, phase }) => {
          phases.add(phase);
          if (bytesDone < most) goneBack += 1;
          most = Math.max(most, bytesDone);
          if (breaks < 3 && bytesDone > (breaks + 1) * 4_000_000 && phase === 'fetching') {
            breaks += 1;
            signalSessions(host.sshd, 'SIGKILL');
          }
        },
      },
    );
    expect(result).toMatchObject({ kind: 'fetched', files: [{ bytes: bytes.length, checked: 'hash' }] });
    expect((await readFile(join(to, 'dataset.npz'))).equals(bytes)).toBe(true);
    expect([breaks, goneBack, [...phases].sort()]).toEqual([3, 0, ['fetching', 'waiting']]);
  });

  it('ends after a bounded number of tries where the host stays away, and leaves nothing half-done', async () => {
    await merged('dataset.npz', randomBytes(40_000_000));
    const watched = host.watch({
      intervals: { watchingMs: 100, runningMs: 150, idleMs: 200, backoffMs: 20 },
    });
    await seen(watched);
    let isStopped = false;
    const result = await watched.monitor.fetch(
      'gpu/dataset',
      { what: 'result', to },
      {
        onProgress: ({ bytesDone }) => {
          if (bytesDone === 0 || isStopped) return;
          isStopped = true;
          const pids = sessionPids(host.sshd);
          void host.sshd.stop();
          for (const pid of pids) process.kill(pid, 'SIGKILL');
        },
      },
    );
    expect(result).toMatchObject({ kind: 'failed', problem: { kind: 'connection-refused' }, files: [] });
    expect(await readdir(to)).toEqual([]);
  });

  it('that is called off, also while it waits, leaves nothing', async () => {
    await merged('dataset.npz', randomBytes(20_000_000));
    const watched = host.watch();
    await seen(watched);
    const abort = new AbortController();
    const result = await watched.monitor.fetch(
      'gpu/dataset',
      { what: 'result', to },
      { signal: abort.signal, onProgress: ({ bytesDone }) => bytesDone > 0 && abort.abort() },
    );
    expect(result).toEqual({ kind: 'aborted', files: [] });
    expect(await readdir(to)).toEqual([]);
    const waiting = watched.monitor.fetch('gpu/dataset', { what: 'result', to });
    watched.monitor.sleep();
    await watched.monitor.stop();
    expect(await waiting).toEqual({ kind: 'aborted', files: [] });
  });

  it('that is not what was saved is not taken over, and told', async () => {
    const bytes = randomBytes(10_000);
    await merged('dataset.npz', bytes, { sha256: sha256(Buffer.from('other')) });
    const watched = host.watch();
    await seen(watched);
    const request = { what: 'result', to } as const;
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      kind: 'failed',
      problem: { kind: 'file-changed' },
    });
    await merged('dataset.npz', bytes, { bytes: bytes.length + 12 });
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      problem: { kind: 'file-changed', what: expect.stringContaining('10000 bytes and not the 10012') },
    });
    await rm(join(job.dir, '.milepost/merged.json'));
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      problem: { kind: 'no-result' },
    });
    expect(await watched.monitor.fetch('gpu/dataset', { ...request, to: join(to, 'none') })).toMatchObject({
      problem: { kind: 'no-folder' },
    });
    expect(await readdir(to)).toEqual([]);
  });

  it('never leaves the chosen folder, whatever the host calls it', async () => {
    const watched = host.watch();
    await seen(watched);
    for (const file of ['../evil', '/etc/passwd', 'a/b', '..', '.hidden', 'a\u0000b', 'a\nb', 'a\\b']) {
      const record = {
        version: 1,
        file,
        bytes: 4,
        sha256: sha256(Buffer.from('evil')),
        basis: sha256(Buffer.from('')),
        at: '',
      };
      await writeFile(join(job.dir, '.milepost/merged.json'), JSON.stringify(record));
      await writeFile(join(dirname(job.dir), 'evil'), 'evil');
      const result = await watched.monitor.fetch('gpu/dataset', { what: 'result', to });
      expect(result).toMatchObject({ kind: 'failed', problem: { kind: 'records-unreadable' } });
    }
    expect(await readdir(to)).toEqual([]);
    expect(await readdir(host.temp)).not.toContain('evil');
  });
});

describe('fetched checkpoints', () => {
  it('are those of the ledger, folders file by file; what is damaged is told and the others are there', async () => {
    await checkpoint(0, 'checkpoint_00000.npz', randomBytes(100_000));
    // Done again: its later line counts.
    await checkpoint(0, 'checkpoint_00000.npz', randomBytes(120_000));
    const folder = join(job.dir, 'checkpoint_00100');
    await mkdir(join(folder, 'c/0'), { recursive: true });
    const parts = [
      { path: '.zarray', bytes: Buffer.from('{}') },
      { path: 'c/0/0', bytes: randomBytes(50_000) },
      { path: 'c/0/1', bytes: randomBytes(0) },
    ];
    for (const { path, bytes } of parts) await writeFile(join(folder, path), bytes);
    const measure = measureOfFolder(
      parts.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
    );
    await ledger(100, 'checkpoint_00100', measure);
    await checkpoint(200, 'checkpoint_00200.npz', randomBytes(1000));
    await rm(join(job.dir, 'checkpoint_00200.npz'));
    await appendFile(join(job.dir, '.milepost/ledger.jsonl'), '{"version":1,"first":300,"tor');
    const watched = host.watch();
    await seen(watched);
    const listed = await watched.monitor.checkpoints('gpu/dataset');
    expect(listed).toMatchObject({
      kind: 'checkpoints',
      checkpoints: [
        { file: 'checkpoint_00000.npz', first: 0, count: 100, bytes: 120_000 },
        { file: 'checkpoint_00100', bytes: 50_002 },
        { file: 'checkpoint_00200.npz' },
      ],
    });
    const request = { what: 'checkpoints', to } as const;
    const result = await watched.monitor.fetch('gpu/dataset', request);
    expect(result).toMatchObject({
      kind: 'failed',
      problem: { kind: 'file-missing', what: expect.stringMatching(/^1 of 3 .*checkpoint_00200.npz/) },
      files: [
        { name: 'checkpoint_00000.npz', checked: 'hash' },
        { name: 'checkpoint_00100', checked: 'hash', wasThere: false },
      ],
    });
    for (const { path, bytes } of parts) {
      expect((await readFile(join(to, 'checkpoint_00100', path))).equals(bytes)).toBe(true);
    }
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      files: [{ wasThere: true }, { wasThere: true }],
    });
    expect((await readdir(to)).sort()).toEqual(['checkpoint_00000.npz', 'checkpoint_00100']);
  });

  it('that are links, FIFOs or folders with foreign names are not followed or opened', async () => {
    await symlink('/etc/passwd', join(job.dir, 'checkpoint_00000.npz'));
    await ledger(0, 'checkpoint_00000.npz', { bytes: 10, sha256: sha256(Buffer.from('')) });
    const folder = join(job.dir, 'checkpoint_00100');
    await mkdir(folder);
    await symlink('..', join(folder, 'up'));
    await ledger(100, 'checkpoint_00100', { bytes: 10, sha256: sha256(Buffer.from('')) });
    const named = join(job.dir, 'checkpoint_00200');
    await mkdir(named);
    await writeFile(join(named, 'a\\..\\b'), 'x');
    await ledger(200, 'checkpoint_00200', { bytes: 1, sha256: sha256(Buffer.from('')) });
    const watched = host.watch();
    await seen(watched);
    const result = await watched.monitor.fetch('gpu/dataset', { what: 'checkpoints', to });
    expect(result).toMatchObject({
      kind: 'failed',
      problem: { kind: 'file-special', what: expect.stringContaining('3 of 3') },
      files: [],
    });
    expect(await readdir(to)).toEqual([]);
  });
});

describe('a fetched partial result', () => {
  it('is made first, checked by its size, and kept beside an earlier one', async () => {
    const answer = { version: 1, id: 'dataset', file: 'dataset.partial.npz', items: 100, total: 1000 };
    await installFakeAgent(
      host.sshd.home,
      `case "$*" in 'merge dataset --partial --json') printf '%s\\n' '${JSON.stringify(answer)}';; *) exit 4;; esac`,
    );
    const watched = host.watch();
    await seen(watched);
    await writeFile(join(job.dir, 'dataset.partial.npz'), 'first');
    expect(await watched.monitor.partialMerge('gpu/dataset')).toEqual({
      kind: 'merged',
      file: 'dataset.partial.npz',
      items: 100,
      total: 1000,
    });
    const request = { what: 'partial', to } as const;
    const first = { name: 'dataset.partial.npz', path: join(to, 'dataset.partial.npz'), bytes: 5 };
    expect(await watched.monitor.fetch('gpu/dataset', request)).toEqual({
      kind: 'fetched',
      files: [{ ...first, checked: 'size', wasThere: false }],
    });
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      files: [{ wasThere: true }],
    });
    await writeFile(join(job.dir, 'dataset.partial.npz'), 'second');
    expect(await watched.monitor.fetch('gpu/dataset', request)).toMatchObject({
      files: [{ path: join(to, 'dataset.partial (2).npz'), bytes: 6, wasThere: false }],
    });
  });
});
