import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './freePort.ts';
import { sshConfigText } from './sshConfig.ts';
import { waitFor } from './waitFor.ts';

export interface TestSshd {
  port: number;
  user: string;
  /** The `Host` that stands for it in {@link TestSshd.config}. */
  alias: string;
  /** An ssh config file with that one host: key, known_hosts, port. */
  config: string;
  knownHosts: string;
  /** The client's private key. */
  key: string;
  hostKey: string;
  /** $HOME of everything that runs over it. */
  home: string;
  /** The server's log so far. */
  log(): string;
  /** The listening process, for signals. */
  pid(): number;
  stop(): Promise<void>;
  /** Starts it again on the same port after {@link TestSshd.stop}. */
  start(): Promise<void>;
}

export interface TestSshdOptions {
  /** A folder of the test's own; everything is made in it. */
  dir: string;
  alias?: string;
  /** More lines for sshd_config. */
  config?: readonly string[];
  /** Where it listens; default 127.0.0.1. */
  address?: string;
  /** What to put before its command line: it runs inside a network namespace, say. */
  enter?: readonly string[];
}

/** A real OpenSSH server on loopback with keys made on the spot; every session's HOME is a folder of its own. */
export async function startSshd({
  dir,
  alias = 'gpu-1',
  config = [],
  address = '127.0.0.1',
  enter = [],
}: TestSshdOptions): Promise<TestSshd> {
  if (!existsSync('/usr/sbin/sshd')) throw new Error('No /usr/sbin/sshd: install openssh-server.');
  const root = join(dir, 'sshd');
  const home = join(dir, 'home');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(home, { recursive: true });
  const hostKey = join(root, 'host_ed25519');
  const key = join(root, 'client_ed25519');
  for (const file of [hostKey, key]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  }
  const port = await freePort();
  const user = userInfo().username;
  const pidFile = join(root, 'sshd.pid');
  const configFile = join(root, 'sshd_config');
  const authorized = join(root, 'authorized_keys');
  // sshd's SetEnv gives what runs over it a HOME of its own, as another machine would have.
  await writeFile(authorized, await readFile(`${key}.pub`, 'utf8'), { mode: 0o600 });
  await writeFile(
    configFile,
    [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${hostKey}`,
      `PidFile ${pidFile}`,
      `AuthorizedKeysFile ${authorized}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'Subsystem sftp internal-sftp',
      `SetEnv HOME=${home} XDG_STATE_HOME=`,
      'LogLevel VERBOSE',
      ...config,
      '',
    ].join('\n'),
  );
  const knownHosts = join(root, 'known_hosts');
  const [type, blob] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ');
  await writeFile(knownHosts, `[${address}]:${port} ${type} ${blob}\n`);
  const sshConfig = join(root, 'ssh_config');
  await writeFile(sshConfig, sshConfigText({ alias, address, port, user, key, knownHosts }));

  let log = '';
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    await rm(pidFile, { force: true });
    const [program = '', ...args] = [...enter, '/usr/sbin/sshd', '-D', '-e', '-f', configFile];
    const started = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await waitFor(`sshd to listen (its log: ${log})`, () => existsSync(pidFile) || started.exitCode !== null);
    if (started.exitCode !== null) throw new Error(`sshd ended at once: ${log}`);
  }
  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGCONT');
    running.kill('SIGTERM');
    await ended;
  }
  await start();
  return {
    port,
    user,
    alias,
    config: sshConfig,
    knownHosts,
    key,
    hostKey,
    home,
    log: () => log,
    pid: () => {
      if (child?.pid === undefined) throw new Error('sshd is not running.');
      return child.pid;
    },
    stop,
    start,
  };
}
