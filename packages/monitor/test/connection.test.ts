import { execFileSync } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostConnection, LinkError } from '../src/hostConnection.ts';
import { createSshConnect, type SshOptions } from '../src/ssh/connect.ts';
import { sessionPids, signalSessions } from './sshSessions.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
const open_: HostConnection[] = [];

beforeEach(async () => {
  temp = await makeTempDir();
  sshd = await startSshd({ dir: temp.path });
});

afterEach(async () => {
  await Promise.all(open_.splice(0).map((connection) => connection.close()));
  await sshd.stop();
  await temp.remove();
});

async function connect(options: SshOptions = {}, destination = sshd.alias): Promise<HostConnection> {
  const connection = await createSshConnect({ configFile: sshd.config, ...options })(
    destination,
    new AbortController().signal,
  );
  open_.push(connection);
  return connection;
}

async function refusal(options: SshOptions = {}, destination = sshd.alias): Promise<LinkError> {
  try {
    await connect(options, destination);
  } catch (error) {
    if (error instanceof LinkError) return error;
    throw error;
  }
  throw new Error('It was connected.');
}

async function editConfig(change: (text: string) => string): Promise<void> {
  await writeFile(sshd.config, change(await readFile(sshd.config, 'utf8')));
}

describe('a connection', () => {
  it('reads, lists and runs', async () => {
    const connection = await connect();
    const file = join(temp.path, 'file');
    await writeFile(file, 'hello');
    expect(await connection.stat(file)).toMatchObject({ kind: 'file', size: 5 });
    expect(await connection.stat(join(temp.path, 'absent'))).toEqual({ kind: 'missing' });
    expect((await connection.stat(temp.path)).kind).toBe('folder');
    const read = await connection.readFile(file, { wholeBytes: 64, headBytes: 0, tailBytes: 0 });
    expect(read.kind === 'read' && Buffer.from(read.head).toString()).toBe('hello');
    const boot = await connection.readToEnd('/proc/sys/kernel/random/boot_id', 4096);
    expect(boot.kind === 'read' && Buffer.from(boot.head).toString()).toMatch(/^[0-9a-f-]{36}\n$/);
    const list = await connection.readdir(temp.path, 100);
    expect(list.kind === 'list' && list.names.sort()).toEqual(['file', 'home', 'sshd']);
    expect(await connection.readdir(temp.path, 1)).toMatchObject({ kind: 'list', cut: true });
    const limits = { deadlineMs: 10_000, maxBytes: 1000 };
    expect(await connection.exec('printf %s "$HOME"; echo no >&2; exit 7', limits)).toEqual({
      kind: 'ended',
      code: 7,
      stdout: sshd.home,
      stderr: 'no\n',
    });
    expect(await connection.exec('kill -TERM $$', limits)).toMatchObject({ kind: 'ended', code: null });
  });

  it('reads a file within its caps, whatever its size', async () => {
    const connection = await connect();
    const file = join(temp.path, 'large');
    const handle = await open(file, 'w');
    await handle.write('begin', 0);
    await handle.truncate(10 * 1024 ** 3);
    await handle.write('end', 10 * 1024 ** 3 - 3);
    await handle.close();
    const caps = { wholeBytes: 65_536, headBytes: 49_152, tailBytes: 16_384 };
    const read = await connection.readFile(file, caps);
    if (read.kind !== 'read' || read.tail === null) throw new Error('not read in two parts');
    expect([read.head.length, read.tail.length, read.size]).toEqual([49_152, 16_384, 10 * 1024 ** 3]);
    expect(Buffer.from(read.head.subarray(0, 5)).toString()).toBe('begin');
    expect(Buffer.from(read.tail.subarray(-3)).toString()).toBe('end');
    const endless = await connection.readToEnd('/dev/zero', 100_000);
    expect(endless.kind === 'read' && endless.head.length).toBe(100_000);
    await writeFile(file, Buffer.alloc(65_536, 'x'));
    const whole = await connection.readFile(file, caps);
    expect(whole.kind === 'read' && [whole.head.length, whole.tail]).toEqual([65_536, null]);
  });

  it('tells what must not be opened', async () => {
    const connection = await connect();
    const fifo = join(temp.path, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(await connection.stat(fifo)).toEqual({ kind: 'special' });
    expect(await connection.stat('/dev/zero')).toEqual({ kind: 'special' });
  });

  it('ends a command that floods, or does not end, and itself with it', async () => {
    const flooded = await connect();
    expect(await flooded.exec('yes', { deadlineMs: 20_000, maxBytes: 10_000 })).toMatchObject({
      kind: 'lost',
      problem: { kind: 'exec-flood' },
    });
    expect(flooded.isClosed).toBe(true);
    const stuck = await connect();
    expect(await stuck.exec('exec sleep 5', { deadlineMs: 300, maxBytes: 1000 })).toMatchObject({
      kind: 'lost',
      problem: { kind: 'timeout' },
    });
    expect(stuck.isClosed).toBe(true);
    await expect(stuck.stat('/')).rejects.toThrow(LinkError);
  });

  it('ends every call when the server is frozen, and leaves nothing open', async () => {
    const connection = await connect({ callDeadlineMs: 500 });
    await connection.stat('/');
    let isTold = false;
    connection.onClosed(() => {
      isTold = true;
    });
    signalSessions(sshd, 'SIGSTOP');
    const calls = await Promise.allSettled([
      connection.stat('/'),
      connection.readdir('/', 10),
      connection.readFile('/etc/hostname', { wholeBytes: 10, headBytes: 0, tailBytes: 0 }),
      connection.readlink('/proc/self/exe'),
    ]);
    for (const call of calls) {
      expect(call).toMatchObject({
        status: 'rejected',
        reason: { refused: false, problem: { kind: 'timeout' } },
      });
    }
    expect([connection.isClosed, isTold]).toEqual([true, true]);
    await connection.close();
    signalSessions(sshd, 'SIGKILL');
  });

  it('ends a call at once when the connection is cut', async () => {
    const connection = await connect({ callDeadlineMs: 60_000 });
    await connection.stat('/');
    signalSessions(sshd, 'SIGSTOP');
    const call = connection.stat('/');
    signalSessions(sshd, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ problem: { kind: 'connection-lost' } });
  });

  it('gives up an attempt that is called off', async () => {
    process.kill(sshd.pid(), 'SIGSTOP');
    const abort = new AbortController();
    const attempt = createSshConnect({ configFile: sshd.config })(sshd.alias, abort.signal);
    setTimeout(() => abort.abort(), 300);
    await expect(attempt).rejects.toMatchObject({ refused: false });
  });

  it('does not wait for a server that accepts and says nothing', async () => {
    process.kill(sshd.pid(), 'SIGSTOP');
    const error = await refusal({ readyDeadlineMs: 500 });
    expect(error).toMatchObject({ refused: false, problem: { kind: 'timeout' } });
  });

  it('tells a port where nothing listens and a name that has no address', async () => {
    await sshd.stop();
    expect(await refusal()).toMatchObject({ refused: false, problem: { kind: 'connection-refused' } });
    await editConfig((text) => text.replace('HostName 127.0.0.1', 'HostName no-such-host.invalid'));
    expect(await refusal()).toMatchObject({ refused: false, problem: { kind: 'name-not-found' } });
  });

  it('lets go of a server that does not answer the goodbye after a refusal', async () => {
    const other = join(temp.path, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await editConfig((text) => text.replace(sshd.key, other));
    expect(await refusal()).toMatchObject({ problem: { kind: 'auth-refused' } });
    expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
  });

  it('says what is no destination', async () => {
    expect(await refusal({}, '-oProxyCommand=touch /tmp/x')).toMatchObject({
      refused: true,
      problem: { kind: 'destination' },
    });
  });
});

describe('host keys', () => {
  const fingerprint = (): string =>
    execFileSync('ssh-keygen', ['-lf', `${sshd.hostKey}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';

  it('an unknown one is refused with its fingerprint', async () => {
    await writeFile(sshd.knownHosts, '');
    const error = await refusal();
    expect(error).toMatchObject({ refused: true, problem: { kind: 'host-key-unknown' } });
    expect(error.problem.what).toContain(fingerprint());
  });

  it('an unknown one is asked about; a no, also a late one, is a no', async () => {
    await writeFile(sshd.knownHosts, '');
    const error = await refusal({ confirmHostKey: async () => false });
    expect(error).toMatchObject({ refused: true, problem: { kind: 'host-key-unknown' } });
    expect(sshd.log()).not.toContain('Accepted publickey');
  });

  it('an unknown one that is accepted is kept in a file of our own and not asked about again', async () => {
    await writeFile(sshd.knownHosts, '');
    const acceptedKeysFile = join(temp.path, 'own/known_hosts');
    const asked: string[] = [];
    const confirmHostKey: SshOptions['confirmHostKey'] = async (question) => {
      asked.push(question.fingerprint);
      return true;
    };
    for (let time = 0; time < 2; time += 1) {
      const connection = await connect({ acceptedKeysFile, confirmHostKey });
      expect((await connection.stat('/')).kind).toBe('folder');
    }
    expect(asked).toEqual([fingerprint()]);
    expect(await readFile(sshd.knownHosts, 'utf8')).toBe('');
  });

  it('a changed or revoked one is refused and never asked about', async () => {
    const other = join(temp.path, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    const known = await readFile(sshd.knownHosts, 'utf8');
    const [type, blob] = (await readFile(`${other}.pub`, 'utf8')).split(' ');
    const confirmHostKey = (): Promise<boolean> => Promise.reject(new Error('It was asked.'));
    await writeFile(sshd.knownHosts, `[127.0.0.1]:${sshd.port} ${type} ${blob}\n`);
    const changed = await refusal({ confirmHostKey });
    expect(changed).toMatchObject({ refused: true, problem: { kind: 'host-key-changed' } });
    expect(changed.problem.what).toContain(`line 1 of ${sshd.knownHosts}`);
    await writeFile(sshd.knownHosts, `${known}@revoked * ${known.split(' ').slice(1).join(' ')}`);
    expect(await refusal({ confirmHostKey })).toMatchObject({
      refused: true,
      problem: { kind: 'host-key-revoked' },
    });
  });

  it('a host that is known by another type of key than its first is known', async () => {
    await sshd.stop();
    const rsa = join(temp.path, 'host_rsa');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa]);
    const config = join(temp.path, 'sshd/sshd_config');
    await writeFile(config, `${await readFile(config, 'utf8')}HostKey ${rsa}\n`);
    await sshd.start();
    const [type, blob] = (await readFile(`${rsa}.pub`, 'utf8')).split(' ');
    await writeFile(sshd.knownHosts, `[127.0.0.1]:${sshd.port} ${type} ${blob}\n`);
    expect((await (await connect()).stat('/')).kind).toBe('folder');
  });
});

describe('authentication', () => {
  it('a refused key is told with what was offered', async () => {
    const other = join(temp.path, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await editConfig((text) => text.replace(sshd.key, other));
    const error = await refusal();
    expect(error).toMatchObject({ refused: true, problem: { kind: 'auth-refused' } });
    expect(error.problem.what).toContain(other);
  });

  it('an encrypted key is used with its passphrase, and said to be encrypted without', async () => {
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret words', '-f', sshd.key]);
    expect((await refusal()).problem.what).toContain('is encrypted');
    expect((await refusal({ passphrase: async () => 'wrong' })).problem.what).toContain('does not open it');
    const connection = await connect({ passphrase: async () => 'secret words' });
    expect((await connection.stat('/')).kind).toBe('folder');
  });

  it('an agent with too many keys gives the named one only', async () => {
    const socket = join(temp.path, 'agent.sock');
    const output = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(output)?.[1]);
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      for (let number = 0; number < 8; number += 1) {
        const key = join(temp.path, `key${number}`);
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
        execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' });
      }
      execFileSync('ssh-add', ['-q', sshd.key], { env, stdio: 'ignore' });
      // Only the public half is left on disk: the agent must sign.
      await mkdir(join(temp.path, 'pub'));
      const named = join(temp.path, 'pub/named');
      await writeFile(`${named}.pub`, await readFile(`${sshd.key}.pub`, 'utf8'));
      await editConfig((text) =>
        text.replace(sshd.key, named).replace('IdentityAgent none', `IdentityAgent ${socket}`),
      );
      expect((await (await connect()).stat('/')).kind).toBe('folder');
      expect(sshd.log()).not.toContain('Failed publickey');
    } finally {
      process.kill(pid);
    }
  });

  it('ends its session on the host when it is closed', async () => {
    const connection = await connect();
    await connection.stat('/');
    expect(sessionPids(sshd).length).toBeGreaterThan(0);
    await connection.close();
    await waitFor('the session to end', () => sessionPids(sshd).length === 0);
  });
});
