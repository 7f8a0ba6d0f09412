import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { progressText } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FetchRequest, FetchResult, Monitor } from '../../src/api.ts';
import { createMonitor } from '../../src/monitor.ts';
import { createSshConnect } from '../../src/ssh/connect.ts';
import { ALIAS, HOME, type LyingServer, REGISTRY, startLyingServer } from './lyingServer.ts';
import { encode, MODE, STATUS } from './sftpPackets.ts';

// What a person asks of a server that lies. Fetches: each ends with a clear problem, in time, and nothing is left in the chosen folder.

const DIR = `${HOME}/data/job`;
const RESULT = `${DIR}/result.bin`;
/** A few times longer than the deadlines of all tries together. */
const LIMIT_MS = 40_000;

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let server: LyingServer;
let monitor: Monitor;
let to: string;

beforeEach(async () => {
  temp = await makeTempDir();
  server = await startLyingServer(temp.path);
  const configFile = join(temp.path, 'ssh_config');
  await writeFile(configFile, server.config);
  to = join(temp.path, 'fetched');
  await mkdir(to);
  const entry = { version: 1, id: 'job', uid: 'x'.repeat(16), name: 'job', dir: DIR, createdAt: '' };
  server.files.set(`${REGISTRY}/job.json`, JSON.stringify(entry));
  server.files.set(`${DIR}/PROGRESS.txt`, progressText({ completed: 1, total: 10, status: 'RUNNING' }));
  monitor = createMonitor({
    hosts: [{ id: 'bad', destination: ALIAS, paths: [] }],
    connect: createSshConnect({ configFile, callDeadlineMs: 400, readyDeadlineMs: 5000 }),
    eventStorePath: null,
    intervals: { watchingMs: 100, runningMs: 150, idleMs: 150, backoffMs: 50, maxBackoffMs: 100 },
    execDeadlineMs: 3000,
  });
  monitor.start();
  await waitFor('the job', () => monitor.view().jobs.some(({ key }) => key === 'bad/job'));
});

afterEach(async () => {
  await monitor.stop();
  await server.stop();
  await temp.remove();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function addResult(bytes: Buffer): void {
  const record = { version: 1, file: 'result.bin', bytes: bytes.length, sha256: sha256(bytes), at: '' };
  server.files.set(
    `${DIR}/.milepost/merged.json`,
    JSON.stringify({ ...record, basis: sha256(Buffer.from('')) }),
  );
  server.files.set(RESULT, bytes);
}

/** The checkpoint `file` is in the ledger; its content is what the server says. */
function addCheckpoint(file: string): void {
  const at = new Date().toISOString();
  const entry = { version: 1, index: 0, first: 0, count: 1, file, bytes: 1, seconds: 1, attempt: 1, at };
  server.files.set(
    `${DIR}/.milepost/ledger.jsonl`,
    encodeRecordLine({ ...entry, sha256: sha256(Buffer.from('')) }),
  );
}

async function fetched(what: FetchRequest['what']): Promise<FetchResult> {
  const began = performance.now();
  const result = await monitor.fetch('bad/job', { what, to });
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
  return result;
}

/** It failed so, in words that can be understood, and left nothing. */
async function expectFault(what: FetchRequest['what'], kind: string, text: RegExp): Promise<void> {
  const result = await fetched(what);
  expect(result).toMatchObject({ kind: 'failed', files: [], problem: { kind } });
  if (result.kind !== 'failed') return;
  expect(result.problem.what).toMatch(text);
  expect(result.problem.what).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|undefined|null/);
  expect(await readdir(to)).toEqual([]);
  expect((await readdir(temp.path)).sort()).toEqual(['fetched', 'liar', 'ssh_config']);
}

/** The server answers so for the result, and else as it is. */
function answerForResult(
  answer: Partial<
    Record<'lstat' | 'fstat' | 'read', (id: number, offset: number, length: number) => Buffer | null>
  >,
): void {
  const handles = new Set<string>();
  server.lies.sftp = ({ op, id, name, offset, length }, send, honest) => {
    if (op === 'open' && name === RESULT) {
      handles.add(`result-${id}`);
      send(encode.handle(id, `result-${id}`));
      return;
    }
    const isResult = name === RESULT || handles.has(name);
    const lie = isResult && (op === 'lstat' || op === 'fstat' || op === 'read') ? answer[op] : undefined;
    if (lie === undefined) {
      if (handles.has(name) && op === 'fstat') send(encode.attrs(id, resultAttrs()));
      else if (handles.has(name) && op === 'read') send(encode.data(id, resultBytes(offset, length)));
      else honest();
      return;
    }
    const bytes = lie(id, offset, length);
    if (bytes !== null) send(bytes);
  };
}

const resultAttrs = () => ({
  mode: MODE.file,
  size: Buffer.byteLength(server.files.get(RESULT) ?? ''),
  mtimeSeconds: 1000,
});
const resultBytes = (offset: number, length: number): Buffer =>
  Buffer.from(server.files.get(RESULT) ?? '').subarray(offset, offset + length);

describe('a fetched result', () => {
  it('comes whole from this server when it does not lie', async () => {
    const bytes = randomBytes(300_000);
    addResult(bytes);
    answerForResult({});
    expect(await fetched('result')).toMatchObject({ kind: 'fetched', files: [{ checked: 'hash' }] });
    expect((await readFile(join(to, 'result.bin'))).equals(bytes)).toBe(true);
  });

  it('that ends before its end, or is another file, is not taken over', async () => {
    addResult(randomBytes(100_000));
    answerForResult({ read: (id) => encode.status(id, STATUS.eof) });
    await expectFault('result', 'file-changed', /0 bytes and not the 100000/);
    answerForResult({ read: (id) => encode.data(id, Buffer.alloc(0)) });
    await expectFault('result', 'file-changed', /0 bytes and not the 100000/);
    answerForResult({ read: (id, _offset, length) => encode.data(id, Buffer.alloc(length)) });
    await expectFault('result', 'file-changed', /its hash is another one/);
    answerForResult({ fstat: (id) => encode.attrs(id, { ...resultAttrs(), size: 5 }) });
    await expectFault('result', 'file-changed', /5 bytes and not the 100000/);
    answerForResult({ fstat: (id) => encode.attrs(id, { ...resultAttrs(), mode: MODE.fifo }) });
    await expectFault('result', 'file-failed', /no regular file/);
  });

  it('whose reads are never answered ends after a bounded number of tries', async () => {
    addResult(randomBytes(100_000));
    answerForResult({ read: () => null });
    await expectFault('result', 'timeout', /did not answer within/);
  });

  it('that is another file after each break of the connection ends', async () => {
    addResult(randomBytes(3_000_000));
    let times = 0;
    answerForResult({
      fstat: (id) => {
        times += 1;
        return encode.attrs(id, { ...resultAttrs(), mtimeSeconds: 1000 + times });
      },
      read: (id, offset, length) => (offset < 100_000 ? encode.data(id, resultBytes(offset, length)) : null),
    });
    await expectFault('result', 'file-changed', /changes while it is fetched/);
  });
});

describe('a fetched partial result', () => {
  it('that claims more than there is room for is not begun, and an endless one neither', async () => {
    server.lies.exec = (command, channel) => {
      if (!command.includes(' merge ')) return false;
      const answer = { version: 1, id: 'job', file: 'result.bin', items: 1, total: 10 };
      channel.write(`${JSON.stringify(answer)}\n`);
      channel.exit(0);
      channel.end();
      return true;
    };
    server.files.set(RESULT, 'x');
    let reads = 0;
    const attrs = { mode: MODE.file, size: 2 ** 50, mtimeSeconds: 1 };
    answerForResult({
      lstat: (id) => encode.attrs(id, attrs),
      fstat: (id) => encode.attrs(id, attrs),
      read: (id, _offset, length) => {
        reads += 1;
        return encode.data(id, Buffer.alloc(length));
      },
    });
    await expectFault('partial', 'no-room', /has room for/);
    expect(reads).toBe(0);
  });
});

describe('a fetched folder', () => {
  /** The checkpoint is a folder in which every listing gives these names, each of which is what `modeOf` says. */
  function endlessFolder(names: (depth: number) => string[], modeOf: (name: string) => number): void {
    addCheckpoint('folder');
    const root = `${DIR}/folder`;
    const listed = new Set<string>();
    server.lies.sftp = ({ op, id, name }, send, honest) => {
      if (op === 'opendir' && name.startsWith(root)) send(encode.handle(id, name.slice(root.length) || '/'));
      else if (op === 'readdir') {
        if (!name.startsWith('/')) honest();
        else if (listed.has(name)) {
          listed.delete(name);
          send(encode.status(id, STATUS.eof));
        } else {
          listed.add(name);
          send(encode.name(id, names(name.split('/').length - 1)));
        }
      } else if (op === 'lstat' && name.startsWith(root)) {
        const mode = name === root ? MODE.folder : modeOf(name);
        send(encode.attrs(id, { mode, size: 1, mtimeSeconds: 1 }));
      } else honest();
    };
  }

  it('whose names lead elsewhere is not begun', async () => {
    for (const name of ['../evil', '/etc/passwd', 'a/b', 'a\u0000b', 'a\nb', 'a\\b', '']) {
      endlessFolder(
        () => [name],
        () => MODE.file,
      );
      await expectFault('checkpoints', 'file-name', /a name that is not taken over/);
    }
  });

  it('of folders without end, or of names without end, is too large', async () => {
    endlessFolder(
      () => ['in'],
      () => MODE.folder,
    );
    await expectFault('checkpoints', 'folder-too-large', /nested deeper than/);
    // Two in each, and none that is too deep: a billion of them.
    endlessFolder(
      (depth) => (depth < 30 ? ['a', 'b'] : []),
      () => MODE.folder,
    );
    await expectFault('checkpoints', 'folder-too-large', /more than/);
  });
});

describe('a resume', () => {
  it('that ends without a status, or with an answer that makes no sense, is sent once', async () => {
    server.lies.exec = (command, channel) => {
      if (!command.includes('--detach')) return false;
      channel.close();
      return true;
    };
    expect(await monitor.resume('bad/job')).toMatchObject({
      kind: 'unknown',
      problem: { kind: 'exec-killed', what: expect.stringContaining('without a status') },
    });
    expect(await monitor.resume('bad/job')).toMatchObject({ kind: 'unknown' });
    const sent = () => server.commands.filter((command) => command.includes('--detach'));
    expect(sent()).toHaveLength(1);
    server.lies.exec = (command, channel) => {
      if (!command.includes('stop')) return false;
      channel.write('{"version":1,"id":"../../x","state":"\u001b[2J","asked":"yes"}\n');
      channel.exit(0);
      channel.end();
      return true;
    };
    const stopped = await monitor.stopJob('bad/job');
    expect(stopped).toMatchObject({ kind: 'refused', problem: { kind: 'failed' } });
    expect(JSON.stringify(stopped)).not.toMatch(/\\u001b|\.\.\/x/);
  });
});
