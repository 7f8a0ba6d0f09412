import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostConnection, LinkError } from '../src/hostConnection.ts';
import { createMonitor } from '../src/monitor.ts';
import { createSshConnect } from '../src/ssh/connect.ts';
import { FAST } from './watching.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
let agentPid: number | null = null;
const connections: HostConnection[] = [];

beforeEach(async () => {
  temp = await makeTempDir();
  sshd = await startSshd({ dir: temp.path });
});

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  if (agentPid !== null) process.kill(agentPid);
  agentPid = null;
  await sshd.stop();
  await temp.remove();
});

function keygen(...args: string[]): void {
  execFileSync('ssh-keygen', ['-q', ...args]);
}

async function editConfig(change: (text: string) => string): Promise<void> {
  await writeFile(sshd.config, change(await readFile(sshd.config, 'utf8')));
}

function startAgent(): { socket: string; add(key: string): void } {
  const socket = join(temp.path, 'agent.sock');
  const output = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
  agentPid = Number(/SSH_AGENT_PID=(\d+)/.exec(output)?.[1]);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  return { socket, add: (key) => void execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' }) };
}

/** One way of connecting, kept as a monitor keeps it. */
function connector(passphrase?: (file: string) => Promise<string | null>) {
  const connect = createSshConnect({ configFile: sshd.config, ...(passphrase && { passphrase }) });
  return async (isPersons = false): Promise<HostConnection> => {
    const connection = await connect(sshd.alias, new AbortController().signal, { isPersons });
    connections.push(connection);
    return connection;
  };
}

async function refusal(work: Promise<unknown>): Promise<LinkError> {
  const error = await work.catch((reason: unknown) => reason);
  if (error instanceof LinkError) return error;
  throw new Error(`It was connected, or failed otherwise: ${String(error)}`);
}

describe('a passphrase', () => {
  it('is asked for once, also by several connections at the same time, and kept for those that come', async () => {
    keygen('-p', '-P', '', '-N', 'secret words', '-f', sshd.key);
    const asked: string[] = [];
    const connect = connector(async (file) => {
      asked.push(file);
      return 'secret words';
    });
    await Promise.all([connect(), connect()]);
    await connect();
    expect(asked).toEqual([sshd.key]);
  });

  it('that is wrong, or not given, is told and asked for again only when a person wishes', async () => {
    keygen('-p', '-P', '', '-N', 'secret words', '-f', sshd.key);
    const answers = ['wrong', null, 'secret words'];
    let asked = 0;
    const connect = connector(async () => {
      asked += 1;
      return answers[asked - 1] ?? null;
    });
    for (let time = 0; time < 2; time += 1) {
      const error = await refusal(connect());
      expect(error).toMatchObject({ refused: true, problem: { kind: 'auth-refused' } });
      expect(error.problem.what).toContain('does not open it');
    }
    expect(asked).toBe(1);
    expect((await refusal(connect(true))).problem.what).toContain('is encrypted');
    await refusal(connect());
    expect(asked).toBe(2);
    await connect(true);
    expect(asked).toBe(3);
    expect(sshd.log()).not.toContain('Failed publickey');
  });

  it('is not asked for where the agent holds the key', async () => {
    const agent = startAgent();
    agent.add(sshd.key);
    keygen('-p', '-P', '', '-N', 'secret words', '-f', sshd.key);
    await writeFile(`${sshd.key}.pub`, 'gone');
    await editConfig((text) => text.replace('IdentityAgent none', `IdentityAgent ${agent.socket}`));
    const connect = connector(() => Promise.reject(new Error('It was asked.')));
    expect((await (await connect()).stat('/')).kind).toBe('folder');
  });

  it('that was wrong stops a monitor’s polls until its person polls the host', async () => {
    keygen('-p', '-P', '', '-N', 'secret words', '-f', sshd.key);
    const answers = ['wrong', 'secret words'];
    let asked = 0;
    const monitor = createMonitor({
      hosts: [{ id: 'gpu', destination: sshd.alias, paths: [] }],
      connect: createSshConnect({
        configFile: sshd.config,
        passphrase: async () => {
          asked += 1;
          return answers[asked - 1] ?? null;
        },
      }),
      eventStorePath: null,
      intervals: FAST,
    });
    try {
      monitor.start();
      const link = () => monitor.view().hosts[0]?.link.kind;
      await waitFor('refused', () => link() === 'refused');
      await monitor.pollNow();
      expect([link(), asked]).toEqual(['refused', 1]);
      await monitor.pollNow('gpu');
      expect([link(), asked]).toEqual(['online', 2]);
    } finally {
      await monitor.stop();
    }
  });
});

describe('what cannot be used here is recognised and said with what to do', () => {
  it('a certificate, beside its key, by CertificateFile, and in the agent', async () => {
    const authority = join(temp.path, 'authority');
    const key = join(temp.path, 'certified');
    for (const file of [authority, key]) keygen('-t', 'ed25519', '-N', '', '-f', file);
    keygen('-s', authority, '-I', 'me', '-n', sshd.user, `${key}.pub`);
    const serverConfig = join(temp.path, 'sshd/sshd_config');
    await sshd.stop();
    await writeFile(
      serverConfig,
      `${await readFile(serverConfig, 'utf8')}TrustedUserCAKeys ${authority}.pub\n`,
    );
    await sshd.start();
    await editConfig((text) => text.replace(sshd.key, key));
    const beside = await refusal(connector()());
    expect(beside).toMatchObject({
      refused: true,
      problem: { next: expect.stringContaining('Certificates') },
    });
    expect(beside.problem.what).toContain('certified-cert.pub is a certificate');
    // The system's ssh gets in by it, so the server is not to blame.
    execFileSync('ssh', ['-F', sshd.config, '-o', 'BatchMode=yes', sshd.alias, 'true']);

    const agent = startAgent();
    agent.add(key);
    await mkdir(join(temp.path, 'pub'));
    await copyFile(`${key}.pub`, join(temp.path, 'pub/named.pub'));
    await editConfig((text) =>
      text
        .replace(key, join(temp.path, 'pub/named'))
        .replace('IdentityAgent none', `IdentityAgent ${agent.socket}`),
    );
    const inAgent = await refusal(connector()());
    expect(inAgent.problem.next).toContain('Certificates');
    expect(inAgent.problem.what).toContain("1 of the agent's keys are certificates");
  });

  it('a key on a security device', async () => {
    // The public half as ssh-keygen -t ed25519-sk writes it; its private file only names the device's handle.
    const field = (bytes: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const type = 'sk-ssh-ed25519@openssh.com';
    const blob = Buffer.concat([
      field(Buffer.from(type)),
      field(Buffer.alloc(32, 7)),
      field(Buffer.from('ssh:')),
    ]);
    const key = join(temp.path, 'id_ed25519_sk');
    const count = Buffer.from([0, 0, 0, 1]);
    const none = field(Buffer.from('none'));
    const head = Buffer.from('openssh-key-v1\0');
    const file = Buffer.concat([
      head,
      none,
      none,
      field(Buffer.alloc(0)),
      count,
      field(blob),
      field(Buffer.alloc(64)),
    ]);
    const lines = file.toString('base64').replace(/.{70}/g, '$&\n');
    await writeFile(
      key,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
    );
    await editConfig((text) => text.replace(sshd.key, key));
    const error = await refusal(connector()());
    expect(error.problem.next).toContain('security device');
    expect(error.problem.what).toContain(`${key} is on a security device (${type})`);
  });

  it('a server that wants something else than a key', async () => {
    const serverConfig = join(temp.path, 'sshd/sshd_config');
    await sshd.stop();
    const text = await readFile(serverConfig, 'utf8');
    await writeFile(
      serverConfig,
      text.replace(
        'KbdInteractiveAuthentication no',
        'KbdInteractiveAuthentication yes\nPubkeyAuthentication no',
      ),
    );
    await sshd.start();
    const error = await refusal(connector()());
    expect(error).toMatchObject({ refused: true, problem: { kind: 'auth-refused' } });
    expect(error.problem.next).toContain('PubkeyAuthentication');
  });

  it('Kerberos', async () => {
    const serverConfig = join(temp.path, 'sshd/sshd_config');
    await sshd.stop();
    const text = await readFile(serverConfig, 'utf8');
    await writeFile(serverConfig, `${text}GSSAPIAuthentication yes\nPubkeyAuthentication no\n`);
    await sshd.start();
    const error = await refusal(connector()());
    expect(error.problem.next).toMatch(/takes Kerberos \(.*gssapi-with-mic/);
  });

  it('more keys in the agent than a server hears out: the rest is not offered, and named', async () => {
    const agent = startAgent();
    for (let number = 0; number < 8; number += 1) {
      const key = join(temp.path, `key${number}`);
      keygen('-t', 'ed25519', '-N', '', '-f', key);
      agent.add(key);
    }
    await editConfig((text) =>
      text
        .replace('IdentitiesOnly yes', 'IdentitiesOnly no')
        .replace('IdentityAgent none', `IdentityAgent ${agent.socket}`),
    );
    // The named file has its place behind them all.
    expect((await (await connector()()).stat('/')).kind).toBe('folder');
    expect(sshd.log()).not.toContain('Too many authentication failures');
    await editConfig((text) => text.replace(`IdentityFile ${sshd.key}`, `IdentityFile ${sshd.key}.none`));
    const error = await refusal(connector()());
    expect(error.problem.what).toContain("3 of the agent's 8 keys were not offered");
    expect(sshd.log()).not.toContain('Too many authentication failures');
  });
});
