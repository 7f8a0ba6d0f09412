import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Connection, Server, type ServerChannel, type Session } from 'ssh2';
import { type Attrs, createRequestReader, encode, MODE, type SftpRequest, STATUS } from './sftpPackets.ts';

/** Stages of a connection at which a server can fall silent. */
export type Stage = 'authentication' | 'session' | 'subsystem' | 'version' | 'exec';

/** What a server does in place of what is right. May be changed while it runs. */
export interface Lies {
  /** In place of the right answer to a request, which `honest` gives; `send` takes whatever bytes are wished. */
  sftp?: (request: SftpRequest, send: (bytes: Buffer) => void, honest: () => void) => void;
  /** In place of running a command; false: it is run after all. */
  exec?: (command: string, channel: ServerChannel) => boolean;
  silentAt?: Stage;
  /** How many channels a connection may have open at the same time; more are refused as sshd's MaxSessions does. */
  maxSessions?: number;
  /** Called with each connection that logs in. */
  onClient?: (connection: Connection, socket: Socket) => void;
  /** Called with each SFTP channel. */
  onSftp?: (channel: ServerChannel) => void;
}

/** A server of ssh2's own on loopback with a few files in memory, which lies as a test wants it. */
export interface LyingServer {
  port: number;
  /** Text of an ssh config file with its one `Host`, `liar`. */
  config: string;
  /** Path to content; folders are those that the paths imply. */
  files: Map<string, string | Buffer>;
  lies: Lies;
  /** Every command that was asked for. */
  commands: string[];
  /** Connections that are open now. */
  open(): number;
  /** Connections that there ever were. */
  connections(): number;
  stop(): Promise<void>;
}

export const ALIAS = 'liar';
export const HOME = '/home/liar';
export const REGISTRY = `${HOME}/.local/state/milepost/jobs`;
const AGENT_COMMAND = '"$HOME/.local/bin/milepost" --version --json';

/** Starts one; its keys are made in the folder `liar` of `dir`. */
export async function startLyingServer(dir: string): Promise<LyingServer> {
  const root = join(dir, ALIAS);
  await mkdir(root);
  const keyFile = join(root, 'client_ed25519');
  const hostKeyFile = join(root, 'host_ed25519');
  const knownHosts = join(root, 'known_hosts');
  // Not by ssh2: some that it makes it can't read.
  for (const file of [keyFile, hostKeyFile]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  }
  const hostKey = await readFile(hostKeyFile);
  const [type, blob] = (await readFile(`${hostKeyFile}.pub`, 'utf8')).split(' ');

  const files = new Map<string, string | Buffer>();
  const lies: Lies = {};
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const listener = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    // One for each, so that it is known which socket is whose.
    new Server({ hostKeys: [hostKey] }, (connection) => talk(connection, socket)).injectSocket(socket);
  });

  function talk(connection: Connection, socket: Socket): void {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      if (lies.silentAt === 'authentication') return;
      if (context.method === 'publickey') context.accept();
      else context.reject(['publickey']);
    });
    connection.on('ready', () => lies.onClient?.(connection, socket));
    let sessions = 0;
    connection.on('session', (accept, reject) => {
      if (lies.silentAt === 'session') return;
      if (sessions >= (lies.maxSessions ?? 10)) {
        reject();
        return;
      }
      sessions += 1;
      const session = accept();
      session.on('close', () => {
        sessions -= 1;
      });
      serve(session);
    });
  }

  function serve(session: Session): void {
    session.on('subsystem', (accept, reject, { name }) => {
      if (name !== 'sftp') reject();
      else if (lies.silentAt !== 'subsystem') serveSftp(accept());
    });
    session.on('exec', (accept, _reject, { command }) => {
      commands.push(command);
      if (lies.silentAt === 'exec') return;
      const channel = accept();
      channel.on('error', () => undefined).resume();
      if (lies.exec?.(command, channel) !== true) run(command, channel);
    });
  }

  function run(command: string, channel: ServerChannel): void {
    const answer = { version: '0.1.0', protocol: 1, node: 'v20.0.0', registry: REGISTRY };
    if (command.startsWith('date ')) channel.write(`${(Date.now() / 1000).toFixed(9)}\n`);
    const isAgents = command === AGENT_COMMAND;
    if (isAgents) channel.write(`${JSON.stringify(answer)}\n`);
    channel.exit(isAgents || command.startsWith('date ') ? 0 : 4);
    channel.end();
  }

  function serveSftp(channel: ServerChannel): void {
    const read = createRequestReader();
    const handles = new Map<string, { path: string; isListed: boolean }>();
    const send = (bytes: Buffer): void => {
      if (channel.writable) channel.write(bytes);
    };
    channel.on('error', () => undefined);
    channel.on('data', (bytes: Buffer) => {
      for (const request of read(bytes)) {
        if (request.op === 'init') {
          if (lies.silentAt !== 'version') send(encode.version());
          continue;
        }
        const honest = (): void => send(answerOf(request, handles));
        if (lies.sftp === undefined) honest();
        else lies.sftp(request, send, honest);
      }
    });
    lies.onSftp?.(channel);
  }

  function answerOf(
    { op, id, name, offset, length }: SftpRequest,
    handles: Map<string, { path: string; isListed: boolean }>,
  ): Buffer {
    const handle = handles.get(name);
    const path = handle?.path ?? name;
    const content = files.get(path);
    const missing = encode.status(id, STATUS.noSuchFile, 'no such file');
    switch (op) {
      case 'stat':
      case 'lstat':
      case 'fstat': {
        const attrs = attrsAt(path);
        return attrs === null ? missing : encode.attrs(id, attrs);
      }
      case 'open':
      case 'opendir': {
        if (attrsAt(path) === null) return missing;
        const made = `handle-${handles.size + 1}`;
        handles.set(made, { path, isListed: false });
        return encode.handle(id, made);
      }
      case 'read': {
        const whole = typeof content === 'string' ? Buffer.from(content) : (content ?? Buffer.alloc(0));
        const bytes = whole.subarray(offset, offset + length);
        return bytes.length === 0 ? encode.status(id, STATUS.eof) : encode.data(id, bytes);
      }
      case 'readdir': {
        if (handle === undefined || handle.isListed) return encode.status(id, STATUS.eof);
        handle.isListed = true;
        return encode.name(id, namesIn(path));
      }
      case 'realpath':
        return encode.name(id, [name === '.' ? HOME : name]);
      case 'close':
        return encode.status(id, STATUS.ok);
      default:
        return missing;
    }
  }

  function attrsAt(path: string): Attrs | null {
    const mtimeSeconds = Math.floor(Date.now() / 1000);
    const content = files.get(path);
    if (content !== undefined) return { mode: MODE.file, size: Buffer.byteLength(content), mtimeSeconds };
    const isFolder = [...files.keys()].some((file) => file.startsWith(`${path}/`));
    return isFolder ? { mode: MODE.folder, size: 4096, mtimeSeconds } : null;
  }

  function namesIn(folder: string): string[] {
    const inside = [...files.keys()].filter((file) => file.startsWith(`${folder}/`));
    return [...new Set(inside.map((file) => file.slice(folder.length + 1).split('/')[0] ?? ''))];
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const { port } = address;
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${type} ${blob}\n`);
  return {
    port,
    config: [
      `Host ${ALIAS}`,
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      '  User liar',
      `  IdentityFile ${keyFile}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${knownHosts}`,
      '  GlobalKnownHostsFile /dev/null',
      '',
    ].join('\n'),
    files,
    lies,
    commands,
    open: () => sockets.size,
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
