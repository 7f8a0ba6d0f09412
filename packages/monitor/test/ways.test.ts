import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostConnection, LinkError } from '../src/hostConnection.ts';
import { createSshConnect, type SshOptions } from '../src/ssh/connect.ts';
import { sessionPids, signalSessions } from './sshSessions.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let target: TestSshd;
const servers: TestSshd[] = [];
const connections: HostConnection[] = [];
let config: string;

beforeEach(async () => {
  temp = await makeTempDir();
  config = join(temp.path, 'ssh_config');
  target = await server('target');
});

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  for (const sshd of servers.splice(0)) {
    signalSessions(sshd, 'SIGCONT');
    signalSessions(sshd, 'SIGKILL');
    await sshd.stop();
  }
  await temp.remove();
});

/** One more real server; its lines of the ssh configuration get `more` behind them. */
async function server(alias: string, more: string[] = [], sshdConfig: string[] = []): Promise<TestSshd> {
  const sshd = await startSshd({ dir: join(temp.path, alias), alias, config: sshdConfig });
  servers.push(sshd);
  await addToConfig(sshd, more);
  return sshd;
}

async function addToConfig(sshd: TestSshd, more: string[]): Promise<void> {
  const before = existsSync(config) ? await readFile(config, 'utf8') : '';
  const own = await readFile(sshd.config, 'utf8');
  await writeFile(config, `${before}${own}${more.map((line) => `  ${line}\n`).join('')}`);
}

/** Gives the target's entry more lines. */
async function giveTarget(...lines: string[]): Promise<void> {
  const text = await readFile(config, 'utf8');
  await writeFile(
    config,
    text.replace('Host target\n', `Host target\n${lines.map((line) => `  ${line}\n`).join('')}`),
  );
}

async function connect(options: SshOptions = {}, destination = 'target'): Promise<HostConnection> {
  const connection = await createSshConnect({ configFile: config, ...options })(
    destination,
    new AbortController().signal,
  );
  connections.push(connection);
  return connection;
}

async function refusal(options: SshOptions = {}, destination = 'target'): Promise<LinkError> {
  const error = await connect(options, destination).catch((reason: unknown) => reason);
  if (error instanceof LinkError) return error;
  throw new Error(`It was connected, or failed otherwise: ${String(error)}`);
}

/** A zombie doesn't run: in a container nobody may reap it. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const noSockets = (): boolean => !process.getActiveResourcesInfo().includes('TCPSocketWrap');

describe('through a jump host', () => {
  it('the host is reached, and the jump connection ends with it', async () => {
    const bastion = await server('bastion');
    await giveTarget('ProxyJump bastion');
    const connection = await connect();
    expect(await connection.exec('echo "$HOME"', { deadlineMs: 10_000, maxBytes: 1000 })).toMatchObject({
      kind: 'ended',
      stdout: `${target.home}\n`,
    });
    expect([bastion.log(), target.log()].every((log) => log.includes('Accepted publickey'))).toBe(true);
    await connection.close();
    await waitFor('all sessions to end', () =>
      [bastion, target].every((sshd) => sessionPids(sshd).length === 0),
    );
    expect(noSockets()).toBe(true);
  });

  it('a chain of them is gone along in its order, each with its own key check', async () => {
    await server('first');
    const second = await server('second');
    await giveTarget(`ProxyJump first,${second.user}@second:${second.port}`);
    const connection = await connect();
    expect((await connection.stat('/')).kind).toBe('folder');
    expect(servers).toHaveLength(3);
    expect(servers.map((sshd) => sshd.log().split('Accepted publickey').length - 1)).toEqual([1, 1, 1]);
    await writeFile(second.knownHosts, '');
    const error = await refusal();
    expect(error).toMatchObject({ refused: true, problem: { kind: 'host-key-unknown' } });
    expect(error.problem.what).toMatch(/^On the way to target: .*second/);
    // Nothing was sent on to the target.
    expect(target.log().split('Connection from').length - 1).toBe(1);
  });

  it('one jump host asks for its own unknown key, by its own name', async () => {
    const bastion = await server('bastion');
    await giveTarget('ProxyJump bastion');
    await writeFile(bastion.knownHosts, '');
    const asked: string[] = [];
    await connect({
      confirmHostKey: async ({ destination }) => {
        asked.push(destination);
        return true;
      },
    });
    expect(asked).toEqual(['bastion']);
  });

  it('that dies or freezes takes the connection along, within the deadlines', async () => {
    const bastion = await server('bastion');
    await giveTarget('ProxyJump bastion');
    const first = await connect({ callDeadlineMs: 60_000 });
    await first.stat('/');
    signalSessions(bastion, 'SIGSTOP');
    const call = first.stat('/');
    signalSessions(bastion, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ problem: { kind: 'connection-lost' } });
    const second = await connect({ callDeadlineMs: 300 });
    await second.stat('/');
    signalSessions(bastion, 'SIGSTOP');
    await expect(second.stat('/')).rejects.toMatchObject({ problem: { kind: 'timeout' } });
    await second.close();
    expect(noSockets()).toBe(true);
  });

  it('that leads to nowhere, forbids it, or goes in a circle, is told', async () => {
    const bastion = await server('bastion', [], ['AllowTcpForwarding no']);
    await giveTarget('ProxyJump bastion');
    const forbidden = await refusal();
    expect(forbidden).toMatchObject({ refused: false, problem: { kind: 'jump-refused' } });
    expect(forbidden.problem.what).toContain('bastion did not connect to target');
    await waitFor('the jump to end', () => sessionPids(bastion).length === 0);
    await writeFile(config, `Host *\n  ProxyJump bastion\n${await readFile(config, 'utf8')}`);
    const circle = await refusal();
    expect(circle).toMatchObject({ refused: true, problem: { kind: 'proxy' } });
    expect(noSockets()).toBe(true);
  });

  it('an attempt that is called off on the way leaves nothing', async () => {
    const bastion = await server('bastion');
    await giveTarget('ProxyJump bastion');
    process.kill(target.pid(), 'SIGSTOP');
    const abort = new AbortController();
    const attempt = createSshConnect({ configFile: config })('target', abort.signal);
    await waitFor('the jump', () => bastion.log().includes('Accepted publickey'));
    abort.abort();
    await expect(attempt).rejects.toMatchObject({ problem: { kind: 'aborted' } });
    process.kill(target.pid(), 'SIGCONT');
    await waitFor('the jump to end', () => sessionPids(bastion).length === 0);
    expect(noSockets()).toBe(true);
  });
});

describe('over a ProxyCommand', () => {
  it('of the system’s ssh the host is reached; the program ends with the connection', async () => {
    const bastion = await server('bastion');
    await giveTarget(`ProxyCommand ssh -F ${config} -W %h:%p bastion`);
    const connection = await connect();
    expect((await connection.stat('/')).kind).toBe('folder');
    await connection.close();
    await waitFor('all sessions to end', () => sessionPids(bastion).length === 0);
    expect(noSockets()).toBe(true);
  });

  it('that leaves children behind and ignores SIGTERM is ended whole', async () => {
    const pids = join(temp.path, 'pids');
    const script = join(temp.path, 'stubborn');
    // The relay is a child in the same group, as with the plugin of SSM.
    await writeFile(
      script,
      [
        '#!/bin/sh',
        "trap '' TERM",
        `echo $$ > ${pids}`,
        `'${process.execPath}' -e '`,
        'process.on("SIGTERM", () => {});',
        `require("fs").appendFileSync("${pids}", process.pid + "\\n");`,
        'const s = require("net").connect(Number(process.argv[2]), process.argv[1]);',
        'process.stdin.pipe(s); s.pipe(process.stdout);',
        `setInterval(() => {}, 1000);' "$1" "$2"`,
        '',
      ].join('\n'),
      { mode: 0o755 },
    );
    await giveTarget(`ProxyCommand ${script} %h %p`);
    const connection = await connect();
    expect((await connection.stat('/')).kind).toBe('folder');
    const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
    expect(started).toHaveLength(2);
    await connection.close();
    await waitFor('their end', () => started.filter(isRunning).length === 0);
    expect(noSockets()).toBe(true);
  });

  it('that fails, is not there, or says nothing, is told in its own last words', async () => {
    await giveTarget(
      'ProxyCommand sh -c "echo An error occurred: the instance is not running >&2; exit 255"',
    );
    const failed = await refusal();
    expect(failed).toMatchObject({ refused: false, problem: { kind: 'proxy-command' } });
    expect(failed.problem.what).toContain('the instance is not running');
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace(/ProxyCommand .*/, 'ProxyCommand no-such-program %h'),
    );
    expect((await refusal()).problem.what).toContain('no-such-program');
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace(/ProxyCommand .*/, 'ProxyCommand sleep 60'),
    );
    expect(await refusal({ readyDeadlineMs: 300 })).toMatchObject({ problem: { kind: 'timeout' } });
    expect(noSockets()).toBe(true);
  });

  it('finds programs in the folders that a Mac’s apps have not on their PATH', async () => {
    await giveTarget('ProxyCommand sh -c "echo $PATH >&2"');
    const { problem } = await refusal({ env: { PATH: '/usr/bin:/bin' } });
    expect(problem.what).toContain(
      '/usr/bin:/bin:/opt/homebrew/bin:/usr/local/bin:/usr/local/sessionmanagerplugin/bin',
    );
  });

  it('never gets a value that a shell could take for more than a word', async () => {
    const marker = join(temp.path, 'touched');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace(/User .*/, `User x;touch\${IFS}${marker}`));
    await giveTarget('ProxyCommand nc %r %h');
    expect(await refusal()).toMatchObject({
      refused: true,
      problem: { kind: expect.stringMatching(/proxy|config/) },
    });
    expect(existsSync(marker)).toBe(false);
  });
});

describe('without an ssh program', () => {
  it('the configuration is read here, with what it includes', async () => {
    const own = join(temp.path, 'hosts.conf');
    await writeFile(own, await readFile(config, 'utf8'));
    const marker = join(temp.path, 'ran');
    await writeFile(
      config,
      [
        `Match exec "touch ${marker}"`,
        '  Port 1',
        'Host elsewhere !target',
        '  HostName 192.0.2.1',
        'Host target',
        `  Include ${temp.path}/hosts*.conf`,
        'Host *',
        '  Port 2',
        '',
      ].join('\n'),
    );
    const connection = await connect({ sshPath: join(temp.path, 'no-ssh') });
    expect((await connection.stat('/')).kind).toBe('folder');
    expect(existsSync(marker)).toBe(false);
  });
});
