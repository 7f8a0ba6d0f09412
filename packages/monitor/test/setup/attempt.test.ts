import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectStage, LinkError } from '../../src/hostConnection.ts';
import { createSshConnect, type SshOptions } from '../../src/ssh/connect.ts';
import { startWatchedHost } from '../watching.ts';

// What an attempt to connect tells on its way, and what it lacks where it is refused.

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
beforeEach(async () => {
  temp = await makeTempDir();
  sshd = await startSshd({ dir: temp.path });
});
afterEach(async () => {
  await sshd.stop();
  await temp.remove();
});

async function attempt(
  options: SshOptions = {},
  destination = sshd.alias,
): Promise<{ stages: ConnectStage[]; error: LinkError | null }> {
  const stages: ConnectStage[] = [];
  const connect = createSshConnect({ configFile: sshd.config, ...options });
  try {
    const connection = await connect(destination, new AbortController().signal, {
      isPersons: true,
      onStage: (stage) => stages.push(stage),
    });
    await connection.close();
    return { stages, error: null };
  } catch (error) {
    if (error instanceof LinkError) return { stages, error };
    throw error;
  }
}

async function editConfig(edit: (text: string) => string): Promise<void> {
  await writeFile(sshd.config, edit(await readFile(sshd.config, 'utf8')));
}

function hostFingerprint(): string {
  const said = execFileSync('ssh-keygen', ['-l', '-f', `${sshd.hostKey}.pub`], { encoding: 'utf8' });
  return said.split(' ')[1] ?? '';
}

describe('stages', () => {
  it('are told in their order, each once', async () => {
    const { stages, error } = await attempt();
    expect(error).toBeNull();
    expect(stages).toEqual([
      { kind: 'resolved', hostname: '127.0.0.1', port: sshd.port, user: sshd.user, by: null },
      { kind: 'named' },
      { kind: 'answered' },
      { kind: 'key-accepted', keyType: 'ssh-ed25519', fingerprint: hostFingerprint() },
    ]);
  });

  it('of a name tell when it has an address', async () => {
    await editConfig((text) => text.replace('HostName 127.0.0.1', 'HostName localhost'));
    const { stages } = await attempt({ confirmHostKey: async () => true });
    expect(stages.map(({ kind }) => kind)).toEqual(['resolved', 'named', 'answered', 'key-accepted']);
    await editConfig((text) => text.replace('HostName localhost', 'HostName no-such-host.invalid'));
    const lost = await attempt();
    expect(lost.stages.map(({ kind }) => kind)).toEqual(['resolved']);
    expect(lost.error?.problem.kind).toBe('name-not-found');
  });

  it('end where nothing listens', async () => {
    await sshd.stop();
    const { stages, error } = await attempt();
    expect(stages.map(({ kind }) => kind)).toEqual(['resolved', 'named']);
    expect(error?.problem.kind).toBe('connection-refused');
  });

  it('behind a jump host are the destination’s own, and name the way', async () => {
    const own = await readFile(sshd.config, 'utf8');
    const behind = own.replace(`Host ${sshd.alias}`, 'Host behind').trimEnd();
    await writeFile(sshd.config, `${own}${behind}\n  ProxyJump ${sshd.alias}\n`);
    const { stages, error } = await attempt({}, 'behind');
    expect(error).toBeNull();
    expect(stages.map(({ kind }) => kind)).toEqual(['resolved', 'named', 'answered', 'key-accepted']);
    expect(stages[0]).toMatchObject({ by: sshd.alias });
  });
});

describe('a refusal', () => {
  it('of an unknown host key carries the key to be compared', async () => {
    await writeFile(sshd.knownHosts, '');
    const { stages, error } = await attempt();
    expect(stages.at(-1)).toEqual({ kind: 'answered' });
    expect(error?.question).toEqual({
      kind: 'host-key',
      name: `[127.0.0.1]:${sshd.port}`,
      keyType: 'ssh-ed25519',
      fingerprint: hostFingerprint(),
    });
  });

  it('of a changed host key asks for nothing: no click makes it right', async () => {
    const other = `${sshd.key}.pub`;
    const [type, blob] = (await readFile(other, 'utf8')).split(' ');
    await writeFile(sshd.knownHosts, `[127.0.0.1]:${sshd.port} ${type} ${blob}\n`);
    const { error } = await attempt({ confirmHostKey: async () => true });
    expect(error?.problem.kind).toBe('host-key-changed');
    expect(error?.question).toBeNull();
  });

  it('for want of a passphrase, or by a wrong one, names the key’s file', async () => {
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret words', '-f', sshd.key]);
    const wanted = { kind: 'passphrase', keyFile: sshd.key, isWrong: false };
    expect((await attempt()).error?.question).toEqual(wanted);
    const wrong = await attempt({ passphrase: async () => 'wrong' });
    expect(wrong.error?.question).toEqual({ ...wanted, isWrong: true });
    expect((await attempt({ passphrase: async () => 'secret words' })).error).toBeNull();
  });

  it('of a plain key asks for nothing', async () => {
    const other = `${temp.path}/other`;
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await editConfig((text) => text.replace(sshd.key, other));
    const { error } = await attempt();
    expect(error?.problem.kind).toBe('auth-refused');
    expect(error?.question).toBeNull();
  });

  it('stands in the view of a watched host', async () => {
    const host = await startWatchedHost();
    try {
      await writeFile(host.sshd.knownHosts, '');
      const { monitor, link } = host.watch();
      await waitFor('the refusal', () => link() === 'refused');
      expect(monitor.view().hosts[0]?.link).toMatchObject({
        question: { kind: 'host-key', name: `[127.0.0.1]:${host.sshd.port}` },
      });
    } finally {
      await host.end();
    }
  });
});
