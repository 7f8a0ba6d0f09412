import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, makeJob, type TestJob } from '@milepost/testing/writtenJob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleWatcher, type Watcher } from '../watcher/watcher.ts';
import { type Scene, startScene } from './scene.ts';

// A host that means harm, on a real sshd, beside a healthy one. The watcher is a process of its own, so that its
// memory can be measured and everything that it might write or run be seen.

let shared: Awaited<ReturnType<typeof makeTempDir>>;
let program: string;
let scene: Scene;
let hostile: TestSshd;
const jobs: TestJob[] = [];

beforeAll(async () => {
  shared = await makeTempDir();
  program = await bundleWatcher(shared.path);
});
afterAll(() => shared.remove());

beforeEach(async () => {
  scene = await startScene(program);
  hostile = await startSshd({ dir: join(scene.dir, 'h'), alias: 'hostile' });
  await installFakeAgent(hostile.home, 'exit 4');
  scene.ending.push(async () => {
    await Promise.all(jobs.splice(0).map((job) => job.kill()));
    await hostile.stop();
  });
});

afterEach(() => scene.end());

async function start(callDeadlineMs = 3000): Promise<Watcher> {
  return await scene.start('hostile', await readFile(hostile.config, 'utf8'), { callDeadlineMs });
}

async function hostileJob(id: string): Promise<string> {
  const job = await makeJob(hostile.home, id);
  jobs.push(job);
  return join(job.dir, 'PROGRESS.txt');
}

/** As the scene has it, and nothing was run on the host but the question for its agent's version. */
async function expectUnharmed(polls?: number): Promise<void> {
  await scene.expectUnharmed(polls);
  const calls = await readFile(join(hostile.home, 'calls.log'), 'utf8').catch(() => '');
  expect(calls.split('\n').filter((call) => call !== '' && call !== '--version --json')).toEqual([]);
  expect((await readdir(hostile.home)).filter((name) => name.includes('PWNED'))).toEqual([]);
}

describe('files that a hostile host has in place of PROGRESS.txt', () => {
  it('neither fill memory nor hold anything up, and what is no file is never opened', async () => {
    const huge = await hostileJob('huge');
    await writeFile(huge, 'Progress: 3/10\n');
    await truncate(huge, 10 * 1024 ** 3);
    await symlink('/dev/zero', await hostileJob('endless'));
    execFileSync('mkfifo', [await hostileJob('fifo')]);
    await symlink('PROGRESS.txt', await hostileJob('loop'));
    await writeFile(
      await hostileJob('escapes'),
      `Progress: 1/4\nMessage: \u001b]0;PWNED\u0007\u001b[2J\u202e${'\u0301'.repeat(500)}x\nStatus: RUNNING\n`,
    );
    await writeFile(await hostileJob('lines'), `Progress: 2/4\n${'x'.repeat(5_000_000)}`);
    await writeFile(await hostileJob('newlines'), `Progress: 2/4\n${'\n'.repeat(5_000_000)}`);
    // Changes while it is read: cut, grown and filled again without a pause, as no honest writer does.
    const churned = await open(await hostileJob('churned'), 'w');
    let isChurning = true;
    const churning = (async () => {
      for (let turn = 0; isChurning; turn += 1) {
        await churned.truncate(turn % 3 === 0 ? 0 : (turn * 7919) % 300_000);
        await churned.write(`Progress: ${turn % 10}/10\nStatus: RUNNING\n${'y'.repeat(turn % 5000)}`, 0);
      }
      await churned.close();
    })();
    scene.ending.push(() => {
      isChurning = false;
      return churning;
    });
    const watcher = await start();
    await waitFor('all jobs', () => watcher.view()?.jobCount === 9);
    await expectUnharmed(30);
    for (const name of ['endless', 'fifo']) {
      expect(watcher.job(name)?.state).toBe('unreadable');
      expect(watcher.job(name)?.reason).toContain('no regular file');
    }
    expect(watcher.job('loop')?.state).toBe('missing');
    expect(['unreadable', 'running']).toContain(watcher.job('huge')?.state);
    const message = watcher.job('escapes')?.message ?? '';
    expect(watcher.job('escapes')?.state).toBe('running');
    expect(message).not.toMatch(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/);
    expect(message.length).toBeLessThan(400);
    // A FIFO that had been opened would hold a process of the host for ever.
    expect(scene.link()).toBe('online');
  });
});

describe('a registry', () => {
  it('of 100,000 entries is read in part, and said so', async () => {
    const registry = join(hostile.home, '.local/state/milepost/jobs');
    await mkdir(registry, { recursive: true });
    const name = (at: number): string => `e${String(at).padStart(6, '0')}`;
    for (let at = 0; at < 100_000; at += 1) {
      const id = name(at);
      const entry = { version: 1, id, uid: 'x'.repeat(16), name: id, dir: `/nowhere/${id}`, createdAt: '' };
      // One after the other is three times as fast as many at once.
      writeFileSync(join(registry, `${id}.json`), JSON.stringify(entry));
    }
    const watcher = await start(10_000);
    await waitFor('the host', () => (watcher.view()?.jobCount ?? 0) > 500);
    await expectUnharmed();
    expect(watcher.view()?.jobCount).toBeLessThanOrEqual(1001);
    expect(watcher.view()?.hosts.find(({ id }) => id === 'bad')).toMatchObject({
      link: 'online',
      problem: 'registry',
    });
  });

  it('of hostile names and entries runs nothing and leads nowhere', async () => {
    await hostileJob('fine');
    const registry = join(hostile.home, '.local/state/milepost/jobs');
    const entry = (id: string, dir: string, name = id): string =>
      JSON.stringify({ version: 1, id, uid: 'x'.repeat(16), name, dir, createdAt: '' });
    const names = [
      '$(touch PWNED)',
      '`touch PWNED`',
      "a'b",
      'a"b',
      'a\nb',
      '-rf',
      '.hidden',
      ' ',
      'ü',
      'x'.repeat(200),
    ];
    for (const name of names) await writeFile(join(registry, `${name}.json`), entry(name, '/etc'));
    await writeFile(join(registry, 'up.json'), entry('../../x', '/etc'));
    await writeFile(
      join(registry, 'shell.json'),
      entry('shell', '/tmp/$(touch PWNED)`touch PWNED`;touch PWNED'),
    );
    await writeFile(
      join(registry, 'named.json'),
      entry('named', '/nowhere', '\u001b[31m<b>../../x\n$(touch PWNED)'),
    );
    await writeFile(join(registry, 'relative.json'), entry('relative', '../../../etc'));
    await symlink('/dev/zero', join(registry, 'device.json'));
    execFileSync('mkfifo', [join(registry, 'pipe.json')]);
    await mkdir(join(registry, 'folder.json'));
    await symlink('self.json', join(registry, 'self.json'));
    await writeFile(join(registry, 'deep.json'), `${'['.repeat(8000)}${']'.repeat(8000)}`);
    await writeFile(join(registry, 'proto.json'), `{"__proto__":{"version":1},"version":1,"id":"proto"}`);
    const watcher = await start();
    await waitFor('the host', () => watcher.job('fine') !== undefined);
    await expectUnharmed();
    const seen = watcher
      .view()
      ?.jobs.filter(({ key }) => key.startsWith('bad/'))
      .map(({ key }) => key);
    expect(seen?.sort()).toEqual(['bad/fine', 'bad/named', 'bad/shell']);
    const named = watcher.view()?.jobs.find(({ key }) => key === 'bad/named')?.name ?? '';
    expect(named).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('an agent that is none', () => {
  for (const [what, script] of [
    [
      'floods',
      'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done',
    ],
    ['floods standard error', 'exec cat /dev/zero >&2'],
    ['never ends', 'exec sleep 600'],
    ['ends without a status', 'kill -KILL $$'],
    ['answers with a megabyte on a line', 'head -c 1000000 /dev/zero | tr "\\0" x'],
    ['answers with foreign JSON', `printf '%s' '{"version":7,"protocol":"x","registry":["$(touch PWNED)"]}'`],
    [
      'names a registry that is a device',
      `printf '%s' '{"version":"1","protocol":1,"node":"v","registry":"/dev/zero"}'`,
    ],
  ] as const) {
    it(`and ${what} is told, while its host and the other go on being watched`, async () => {
      const file = await hostileJob('fine');
      await writeFile(file, 'Progress: 1/4\nStatus: RUNNING\n');
      await writeFile(join(hostile.home, '.local/bin/milepost'), `#!/bin/sh\n${script}\n`);
      const watcher = await start(1500);
      await waitFor('the host', () => scene.link() === 'online');
      await expectUnharmed();
      const bad = watcher.view()?.hosts.find(({ id }) => id === 'bad');
      expect(bad?.link).toBe('online');
      expect(bad?.problem).not.toBeNull();
    });
  }
});

describe('a port that speaks no SSH', () => {
  for (const [what, speak] of [
    ['says nothing', () => undefined],
    ['says its name and then nothing', (socket: Socket) => socket.write('SSH-2.0-quiet\r\n')],
    ['talks for ever', (socket: Socket) => flood(socket, 'x'.repeat(65_536))],
    ['talks lines for ever', (socket: Socket) => flood(socket, 'hello\r\n'.repeat(8000))],
    [
      'announces a packet of 2 GB',
      (socket: Socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(64, 0x7f)])),
    ],
  ] as const) {
    it(`and ${what} is given up by its deadline, and holds no other host up`, async () => {
      const sockets = new Set<Socket>();
      const server: Server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
        socket.resume();
        speak(socket);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      scene.ending.push(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const config = await readFile(hostile.config, 'utf8');
      await writeFile(hostile.config, config.replace(`Port ${hostile.port}`, `Port ${address.port}`));
      await start(700);
      await waitFor('unreachable', () => scene.link() === 'unreachable');
      await expectUnharmed();
    });
  }
});

function flood(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
}
