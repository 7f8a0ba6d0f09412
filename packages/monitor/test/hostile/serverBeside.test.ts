import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { progressText } from '@milepost/testing/writtenJob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleWatcher, type Watcher } from '../watcher/watcher.ts';
import { ALIAS, HOME, type LyingServer, REGISTRY, startLyingServer } from './lyingServer.ts';
import { type Scene, startScene } from './scene.ts';
import { encode, MODE, STATUS } from './sftpPackets.ts';

// A server that lies, beside a healthy host. The watcher is a process of its own, as in files.test.ts.

let shared: Awaited<ReturnType<typeof makeTempDir>>;
let program: string;
let scene: Scene;
let server: LyingServer;
let to: string;

beforeAll(async () => {
  shared = await makeTempDir();
  program = await bundleWatcher(shared.path);
});
afterAll(() => shared.remove());

beforeEach(async () => {
  scene = await startScene(program);
  server = await startLyingServer(scene.dir);
  scene.ending.push(() => server.stop());
  to = join(scene.dir, 'fetched');
  await mkdir(to);
});

afterEach(() => scene.end());

/** A running job of an agent on the server. */
function addJob(id: string, progress = progressText({ completed: 1, total: 10, status: 'RUNNING' })): string {
  const dir = `${HOME}/data/${id}`;
  const entry = { version: 1, id, uid: 'x'.repeat(16), name: id, dir, createdAt: '' };
  server.files.set(`${REGISTRY}/${id}.json`, JSON.stringify(entry));
  server.files.set(`${dir}/PROGRESS.txt`, progress);
  return dir;
}

const watch = (callDeadlineMs = 1500): Promise<Watcher> =>
  scene.start(ALIAS, server.config, { callDeadlineMs });

describe('a lying server', () => {
  it('that never answers one request takes its own host away, and no other', async () => {
    addJob('fine');
    const dir = addJob('silent');
    server.lies.sftp = ({ name }, _send, honest) => {
      if (name !== `${dir}/PROGRESS.txt`) honest();
    };
    const watcher = await watch(700);
    await waitFor('unreachable', () => scene.link() === 'unreachable');
    expect(scene.problem()).toBe('timeout');
    await scene.expectUnharmed();
    server.lies.sftp = (_request, _send, honest) => honest();
    await waitFor('its jobs', () => watcher.job('silent')?.state === 'running');
  });

  it('that floods with answers nobody asked for', async () => {
    addJob('fine');
    const flood = Buffer.concat(
      Array.from({ length: 1000 }, (_, id) => encode.status(id + 1_000_000, STATUS.ok, 'x'.repeat(50))),
    );
    server.lies.onSftp = (channel) => {
      const more = (): void => {
        while (channel.writable && channel.write(flood));
      };
      channel.on('drain', more);
      setTimeout(more, 500);
    };
    await watch();
    await scene.expectUnharmed(20);
    expect(scene.link()).toBe('online');
  });

  it('that asks for answers and never reads them is given up before they fill memory', async () => {
    addJob('fine');
    server.lies.onClient = (connection, socket) => {
      socket.pause();
      const ask = setInterval(() => {
        if (socket.destroyed) clearInterval(ask);
        else for (let time = 0; time < 200; time += 1) connection.forwardOut('a', 1, 'b', 2, () => undefined);
      }, 10);
    };
    await watch(60_000);
    await waitFor('it to be given up and tried again', () => server.connections() >= 2, { limitMs: 120_000 });
    await scene.expectUnharmed();
  });

  it('whose names and paths lead elsewhere leads nowhere', async () => {
    addJob('fine');
    const asked = new Set<string>();
    server.lies.exec = (command, channel) => {
      // No agent that names the registry: it lies in the home folder, wherever that is.
      channel.exit(command.includes('milepost') ? 127 : 0);
      channel.end();
      return true;
    };
    const names = [
      '../../x',
      '../fine',
      '..',
      'a/b',
      'a\u0000b',
      'a\nb',
      '/etc/x',
      '$(touch PWNED)',
      '',
      '-rf',
    ];
    server.lies.sftp = ({ op, id, name }, send, honest) => {
      if (op === 'stat' || op === 'open' || op === 'opendir') asked.add(name);
      if (op === 'realpath') send(encode.name(id, ['../../relative\u001b[2J']));
      else if (op === 'stat' && name === '/.local/state/milepost/jobs') {
        send(encode.attrs(id, { mode: MODE.folder, size: 1, mtimeSeconds: 1 }));
      } else if (op === 'opendir') send(encode.handle(id, 'registry'));
      else if (op === 'readdir' && name === 'registry') {
        const all = [...names.map((one) => `${one}.json`), ...names, 'fine.json'];
        send(asked.has('listed') ? encode.status(id, STATUS.eof) : encode.name(id, all));
        asked.add('listed');
      } else honest();
    };
    await watch();
    await waitFor('its registry to be read', () => asked.has('/.local/state/milepost/jobs/fine.json'));
    await scene.expectUnharmed();
    asked.delete('listed');
    expect([...asked].filter((path) => !path.startsWith('/proc/')).sort()).toEqual([
      '/.local/state/milepost/jobs',
      '/.local/state/milepost/jobs/fine.json',
    ]);
  });

  for (const [what, megabytes, kind, firstOf] of [
    ['that says the same over and over', 30, 'file-missing', () => 0],
    ['of more checkpoints than are taken', 20, 'records-too-many', (line: number) => line],
  ] as const) {
    it(`with a ledger of ${megabytes} MB ${what}`, async () => {
      const dir = addJob('job');
      const entry = { version: 1, count: 1, file: 'checkpoint_00000.npz', bytes: 1, seconds: 1, attempt: 1 };
      const more = { sha256: 'a'.repeat(64), at: new Date().toISOString() };
      const lines: string[] = [];
      for (let bytes = 0; bytes < megabytes * 1e6; bytes += lines.at(-1)?.length ?? 0) {
        const first = firstOf(lines.length);
        const isSame = first === 0 && lines[0] !== undefined;
        lines.push(isSame ? (lines[0] ?? '') : encodeRecordLine({ ...entry, index: first, first, ...more }));
      }
      server.files.set(`${dir}/.milepost/ledger.jsonl`, Buffer.from(lines.join('')));
      const watcher = await scene.start(ALIAS, server.config, {
        fetch: { jobKey: 'bad/job', what: 'checkpoints', to },
      });
      await waitFor('the fetch to end', () => watcher.fetched() !== undefined, { limitMs: 80_000 });
      expect(watcher.fetched()).toMatchObject({ outcome: 'failed', problem: { kind } });
      await scene.expectUnharmed();
    }, 120_000);
  }
});
