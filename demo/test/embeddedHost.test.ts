import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostConnection, LinkError } from '@milepost/monitor/hostConnection';
import { createSshConnect } from '@milepost/monitor/ssh/connect';
import { makeTempDir } from '@milepost/testing/tempDir';
import { utils } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoHost } from '../host/demoHost.ts';
import { startEmbeddedHost } from '../host/embeddedHost.ts';

// The server that plays the host where a machine has no sshd, asked by the monitor's own connection.

const CAPS = { wholeBytes: 1000, headBytes: 10, tailBytes: 10 };
const LIMITS = { deadlineMs: 30_000, maxBytes: 10_000 };

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let host: DemoHost;
let connection: HostConnection;
beforeAll(async () => {
  temp = await makeTempDir('milepost-embedded-');
  host = await startEmbeddedHost(temp.path, 'gpu-1');
  await writeFile(join(temp.path, 'secret'), 'not for you');
  await writeFile(join(host.home, 'file'), 'of the home');
  await mkdir(join(host.home, 'folder'));
  for (let at = 0; at < 250; at += 1) await writeFile(join(host.home, 'folder', `file-${at}`), '');
  await symlink(join(temp.path, 'secret'), join(host.home, 'leads-out'));
  await symlink(temp.path, join(host.home, 'folder-out'));
  await symlink('file', join(host.home, 'leads-in'));
  connection = await createSshConnect({ configFile: host.sshConfigFile })(
    'gpu-1',
    new AbortController().signal,
  );
});
afterAll(async () => {
  await connection?.close();
  await host?.stop();
  await temp.remove();
});

describe('over SFTP', () => {
  it('files and folders of the home are read', async () => {
    const path = join(host.home, 'file');
    expect(await connection.stat(path)).toMatchObject({ kind: 'file', size: 11 });
    const read = await connection.readFile(path, CAPS);
    expect(read.kind === 'read' && Buffer.from(read.head).toString()).toBe('of the home');
    const list = await connection.readdir(join(host.home, 'folder'), 1000);
    expect(list.kind === 'list' && list.names.length).toBe(250);
    expect(await connection.realpath('.')).toEqual({ kind: 'target', target: host.home });
    expect(await connection.realpath(join(host.home, 'leads-in'))).toEqual({ kind: 'target', target: path });
    expect(await connection.lstat(join(host.home, 'leads-out'))).toMatchObject({ kind: 'special' });
  });

  it.each([
    'leads-out',
    'folder-out/secret',
    '../secret',
    '/etc/passwd',
    '/proc/1/environ',
    '/proc/self/../../etc/passwd',
  ])('%s is denied', async (path) => {
    const from = path.startsWith('/') ? path : `${host.home}/${path}`;
    expect(await connection.stat(from)).toMatchObject({ kind: 'denied' });
    expect(await connection.readFile(from, CAPS)).toMatchObject({ kind: 'denied' });
    // Of the link itself its own folder may be asked.
    if (path === 'leads-out') return;
    expect(await connection.lstat(from)).toMatchObject({ kind: 'denied' });
    expect(await connection.readlink(from)).toMatchObject({ kind: 'denied' });
  });

  it('a process can be seen to live, and not to', async () => {
    if (process.platform !== 'linux') return;
    expect(await connection.readToEnd(`/proc/${process.pid}/stat`, 4096)).toMatchObject({ kind: 'read' });
    expect((await connection.stat(`/proc/${process.pid}/exe`)).kind).toBe('file');
    expect((await connection.stat('/proc/4194305/exe')).kind).toBe('missing');
  });

  it('what is not there is missing', async () => {
    expect(await connection.stat(join(host.home, 'nothing'))).toMatchObject({ kind: 'missing' });
  });
});

describe('a command', () => {
  it('runs by a shell in the home, in an environment of its own', async () => {
    process.env['MILEPOST_DEMO_TEST'] = 'of this process';
    const answer = await connection.exec(
      'pwd; echo "$HOME [$MILEPOST_DEMO_TEST]"; echo bad >&2; exit 3',
      LIMITS,
    );
    delete process.env['MILEPOST_DEMO_TEST'];
    expect(answer).toEqual({
      kind: 'ended',
      code: 3,
      stdout: `${host.home}\n${host.home} []\n`,
      stderr: 'bad\n',
    });
  });

  it('gives large output whole', async () => {
    const answer = await connection.exec('head -c 2000000 /dev/zero | wc -c; seq 20000 | cksum', LIMITS);
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2000000\n\d+ \d+\n$/) });
  });
});

it('nobody logs in with another key', async () => {
  const other = join(temp.path, 'other_key');
  let made = utils.generateKeyPairSync('ed25519');
  while (utils.parseKey(made.private) instanceof Error) made = utils.generateKeyPairSync('ed25519');
  await writeFile(other, made.private);
  await chmod(other, 0o600);
  const config = join(temp.path, 'other_config');
  const own = await readFile(host.sshConfigFile, 'utf8');
  await writeFile(config, own.replace(/IdentityFile .*/, `IdentityFile ${other}`));
  const attempt = createSshConnect({ configFile: config })('gpu-1', new AbortController().signal);
  await expect(attempt).rejects.toSatisfy((error) => error instanceof LinkError && error.refused);
});
