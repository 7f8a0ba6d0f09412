import { type ChildProcess, spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { sshConfigText } from '@milepost/testing/sshConfig';
import { type AuthContext, Server, type ServerChannel, type Session, utils } from 'ssh2';
import type { DemoHost } from './demoHost.ts';
import { serveSftp } from './sftpServer.ts';

// An SSH server within this process, for machines that have none: on loopback, for one key that is made on the spot.

/** Starts one; its keys and its home lie in `dir`. */
export async function startEmbeddedHost(dir: string, alias: string): Promise<DemoHost> {
  const root = join(dir, 'ssh');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(join(dir, 'home'), { recursive: true });
  const home = await realpath(join(dir, 'home'));
  const hostKey = makeKey();
  const clientKey = makeKey();
  const user = userInfo().username;
  const children = new Set<ChildProcess>();
  const sockets = new Set<Socket>();

  const listener = createServer((socket) => {
    sockets.add(socket);
    // ssh2 leaves Nagle on, which costs some 40 ms with each answer.
    socket.setNoDelay(true);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  const ssh = new Server({ hostKeys: [hostKey.private] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      if (isKeyOf(clientKey.blob, user, context)) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('session', (accept) => serve(accept()));
  });

  function serve(session: Session): void {
    session.on('sftp', (accept) => serveSftp(accept(), home));
    session.on('exec', (accept, _reject, { command }) => run(command, accept()));
  }

  /** Runs a command as a login there would: by a shell, in the home folder, in an environment of its own. */
  function run(command: string, channel: ServerChannel): void {
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: home,
      env: { HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/sh', PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: 'pipe',
    });
    children.add(child);
    channel.on('error', () => undefined);
    channel.pipe(child.stdin).on('error', () => undefined);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on('error', () => channel.close());
    child.on('close', (code, signal) => {
      children.delete(child);
      // The status goes before the close, else a client never learns it.
      if (signal === null) channel.exit(code ?? 1);
      else channel.exit(signal);
      channel.end();
    });
  }

  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The SSH server has no port.');
  const { port } = address;
  return {
    alias,
    what: `an SSH server within this demo, on 127.0.0.1 port ${port}`,
    sshConfigFile: await writeClientFiles({ root, alias, port, user, hostKey, clientKey }),
    home,
    async stop() {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const socket of sockets) socket.destroy();
      for (const child of children) child.kill('SIGKILL');
      await closed;
    },
  };
}

interface Key {
  private: string;
  public: string;
  blob: Buffer;
}

/** Some keys that ssh2 makes it can't read itself: those are made again. */
function makeKey(): Key {
  for (let tries = 0; tries < 50; tries += 1) {
    const made = utils.generateKeyPairSync('ed25519', { comment: 'milepost-demo' });
    const [ours, theirs] = [utils.parseKey(made.private), utils.parseKey(made.public)];
    if (ours instanceof Error || theirs instanceof Error) continue;
    const blob = theirs.getPublicSSH();
    if (ours.getPublicSSH().equals(blob)) return { private: made.private, public: made.public, blob };
  }
  throw new Error('No key could be made.');
}

function isKeyOf(blob: Buffer, user: string, context: AuthContext): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false;
  const offered = context.key.data;
  if (offered.length !== blob.length || !timingSafeEqual(offered, blob)) return false;
  // Without a signature the client only asks whether the key would do.
  if (context.signature === undefined) return true;
  const key = utils.parseKey(`${context.key.algo} ${blob.toString('base64')}`);
  if (key instanceof Error || context.blob === undefined) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

/** What a client needs: the key, known_hosts and a configuration that names them; the configuration's path. */
async function writeClientFiles(of: {
  root: string;
  alias: string;
  port: number;
  user: string;
  hostKey: Key;
  clientKey: Key;
}): Promise<string> {
  const keyFile = join(of.root, 'client_ed25519');
  const knownHosts = join(of.root, 'known_hosts');
  const config = join(of.root, 'ssh_config');
  await writeFile(keyFile, of.clientKey.private, { mode: 0o600 });
  await writeFile(`${keyFile}.pub`, `${of.clientKey.public}\n`);
  await writeFile(
    knownHosts,
    `[127.0.0.1]:${of.port} ${of.hostKey.public.split(' ').slice(0, 2).join(' ')}\n`,
  );
  await writeFile(
    config,
    sshConfigText({
      alias: of.alias,
      address: '127.0.0.1',
      port: of.port,
      user: of.user,
      key: keyFile,
      knownHosts,
    }),
  );
  return config;
}
