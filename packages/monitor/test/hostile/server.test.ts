import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRelay } from '@milepost/testing/relay';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExecAnswer, type HostConnection, LinkError } from '../../src/hostConnection.ts';
import { createSshConnect, type SshOptions } from '../../src/ssh/connect.ts';
import type { Problem } from '../../src/view.ts';
import { ALIAS, HOME, type LyingServer, type Stage, startLyingServer } from './lyingServer.ts';
import { encode, MODE, type SftpOp, STATUS } from './sftpPackets.ts';

// What a real sshd won't do, call by call: each call ends by its deadline, and says what is wrong.

const DEADLINE_MS = 600;
/** Until what a call may take beyond its deadline counts as a hang. */
const LATE_MS = 5000;
const FILE = `${HOME}/job/PROGRESS.txt`;
/** Its size is asked for: a small file ends within its first read. */
const LARGE = `${HOME}/large`;
const CAPS = { wholeBytes: 65_536, headBytes: 49_152, tailBytes: 16_384 };
const EXEC = { deadlineMs: DEADLINE_MS, maxBytes: 10_000 };

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let server: LyingServer;
let configFile: string;
const opened: HostConnection[] = [];

beforeEach(async () => {
  temp = await makeTempDir();
  server = await startLyingServer(temp.path);
  server.files.set(FILE, 'Progress: 1/10\nStatus: RUNNING\n');
  server.files.set(LARGE, 'x'.repeat(40_000));
  configFile = join(temp.path, 'ssh_config');
  await writeFile(configFile, server.config);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  await server.stop();
  await temp.remove();
});

async function connect(options: SshOptions = {}): Promise<HostConnection> {
  const connection = await createSshConnect({
    configFile,
    callDeadlineMs: DEADLINE_MS,
    readyDeadlineMs: DEADLINE_MS,
    ...options,
  })(ALIAS, new AbortController().signal);
  opened.push(connection);
  return connection;
}

const FEW = { wholeBytes: 100, headBytes: 60, tailBytes: 20 };

/** Every call that goes over SFTP, by the request whose answer can be a lie. */
const CALLS: Record<string, { op: SftpOp; call(connection: HostConnection): Promise<unknown> }> = {
  stat: { op: 'stat', call: (to) => to.stat(FILE) },
  lstat: { op: 'lstat', call: (to) => to.lstat(FILE) },
  'the open of a read': { op: 'open', call: (to) => to.readFile(FILE, CAPS) },
  'the fstat of a read': { op: 'fstat', call: (to) => to.readFile(LARGE, FEW) },
  'a read': { op: 'read', call: (to) => to.readFile(FILE, CAPS) },
  'a read to the end': { op: 'read', call: (to) => to.readToEnd(FILE, 4096) },
  'the open of a file': { op: 'open', call: (to) => to.openFile(FILE) },
  'the fstat of a file': { op: 'fstat', call: (to) => to.openFile(FILE) },
  opendir: { op: 'opendir', call: (to) => to.readdir(`${HOME}/job`, 100) },
  readdir: { op: 'readdir', call: (to) => to.readdir(`${HOME}/job`, 100) },
  realpath: { op: 'realpath', call: (to) => to.realpath('.') },
  readlink: { op: 'readlink', call: (to) => to.readlink(FILE) },
};

/** Ends in time, and never by a mistake of our own; what it gives is either an answer or a problem in clear words. */
async function ended<T>(call: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T | Problem> {
  const began = performance.now();
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    expectClear(error.problem);
    return error.problem;
  } finally {
    expect(performance.now() - began).toBeLessThan(deadlineMs + LATE_MS);
  }
}

function expectClear({ what }: Problem): void {
  expect(what).toContain(ALIAS);
  expect(what).not.toMatch(
    /[\u0000-\u001f\u007f-\u009f]|undefined|null|TypeError|not a function|Cannot read/,
  );
  expect(what.length).toBeLessThan(400);
}

describe('an answer of another kind than was asked for', () => {
  const WRONG: Record<string, (id: number) => Buffer> = {
    'that all is well': (id) => encode.status(id, STATUS.ok),
    'a handle': (id) => encode.handle(id, 'h'),
    'an endless handle': (id) => encode.handle(id, 'h'.repeat(100_000)),
    'no names': (id) => encode.name(id, []),
    attributes: (id) => encode.attrs(id, { mode: MODE.file, size: 5, mtimeSeconds: 1 }),
    'attributes of nothing': (id) => encode.attrs(id, {}),
    bytes: (id) => encode.data(id, Buffer.from('bytes')),
    'a status of no meaning': (id) => encode.status(id, 4_000_000_000, '\u001b]0;PWNED\u0007'.repeat(10_000)),
    'a packet cut short': (id) => encode.name(id, ['x']).fill(0xff, 9),
    'a packet of no bytes': () => Buffer.alloc(5),
    'a packet of 2 GB': () => Buffer.from('7fffffff65', 'hex'),
    'a packet of 4 GB': () => Buffer.from('ffffffff65', 'hex'),
    'a packet of an unknown kind': () => Buffer.from('000000026501', 'hex').fill(0x2a, 4),
    'its greeting again': () => encode.version(),
  };
  for (const [name, { op, call }] of Object.entries(CALLS)) {
    it(`to ${name} ends it, with a word that can be understood`, async () => {
      for (const [what, answer] of Object.entries(WRONG)) {
        const connection = await connect();
        server.lies.sftp = (request, send, honest) => {
          if (request.op === op) send(answer(request.id));
          else honest();
        };
        const result = await ended(call(connection));
        const text = JSON.stringify(result);
        expect(text.length, `${what}: ${text.slice(0, 300)}`).toBeLessThan(1000);
        expect(text, what).not.toMatch(/\\u00|PWNED{2}|undefined/);
        expect(result, what).not.toMatchObject({ kind: 'timeout' });
        await connection.close();
      }
    });
  }
});

describe('a request', () => {
  for (const [name, { op, call }] of Object.entries(CALLS)) {
    it(`that is never answered (${name}) ends by its deadline, the connection with it`, async () => {
      const connection = await connect();
      server.lies.sftp = (request, _send, honest) => {
        if (request.op !== op) honest();
      };
      expect(await ended(call(connection))).toMatchObject({ kind: 'timeout' });
      expect(connection.isClosed).toBe(true);
      await waitFor('the connection to be let go', () => server.open() === 0);
    });
  }

  it('whose channel is closed instead of an answer is a fault of the link, and none of the file', async () => {
    for (const { call } of Object.values(CALLS)) {
      const connection = await connect();
      let close = (): unknown => undefined;
      server.lies.onSftp = (channel) => {
        close = () => channel.close();
      };
      server.lies.sftp = () => void close();
      expect(await ended(call(connection))).toMatchObject({ kind: 'connection-lost' });
      expect(connection.isClosed).toBe(true);
    }
  });

  it('is answered out of order, after foreign answers, and twice: each call has its own', async () => {
    const connection = await connect();
    server.files.set(`${HOME}/other`, 'x'.repeat(77));
    const held: (() => void)[] = [];
    server.lies.sftp = ({ id }, send, honest) => {
      held.push(() => {
        send(encode.attrs(id + 1000, { mode: MODE.file, size: 1, mtimeSeconds: 1 }));
        send(encode.data(0xffff_ffff, Buffer.from('foreign')));
        honest();
        honest();
      });
      if (held.length === 3) for (const answer of held.reverse()) answer();
    };
    const answers = Promise.all([
      connection.stat(FILE),
      connection.stat(`${HOME}/other`),
      connection.stat(`${HOME}/absent`),
    ]);
    expect(await answers).toMatchObject([
      { kind: 'file', size: 31 },
      { kind: 'file', size: 77 },
      { kind: 'missing' },
    ]);
  });
});

describe('a server that floods', () => {
  it('with what nobody asked for is given up, though nothing is under way', async () => {
    const connection = await connect({ callDeadlineMs: 60_000 });
    const flood = Buffer.concat(
      Array.from({ length: 1000 }, (_, id) => encode.status(id + 1_000_000, STATUS.ok, 'x'.repeat(200))),
    );
    server.lies.onSftp = (channel) => {
      const more = (): void => {
        while (channel.writable && channel.write(flood));
      };
      channel.on('drain', more);
      setTimeout(more, 50);
    };
    expect(await connection.stat(FILE)).toMatchObject({ kind: 'file' });
    await waitFor('it to be given up', () => connection.isClosed);
    expect(await ended(connection.stat(FILE))).toMatchObject({ kind: 'connection-lost' });
    await waitFor('the connection to be let go', () => server.open() === 0);
  });

  it('with a file of its own while one is read takes no more than was asked for', async () => {
    const connection = await connect();
    server.lies.sftp = ({ op, id }, send, honest) => {
      honest();
      // Answers to what will be asked next, before it is asked.
      if (op === 'read')
        for (let next = 1; next < 50; next += 1) send(encode.data(id + next, Buffer.alloc(9)));
    };
    expect(await connection.readToEnd(FILE, 100)).toMatchObject({ kind: 'read', size: 31 });
    expect(await ended(connection.stat(FILE))).toMatchObject({ kind: 'file', size: 31 });
  });
});

describe('a file that lies about itself', () => {
  const LIES: [string, { size?: number | bigint; mtimeSeconds?: number }][] = [
    ['of more bytes than there are atoms', { size: 2n ** 63n, mtimeSeconds: 1 }],
    ['of -1 bytes', { size: 2n ** 64n - 1n, mtimeSeconds: 1 }],
    ['without a size', { mtimeSeconds: 1 }],
    ['without a time', { size: 5 }],
  ];
  for (const [what, attrs] of LIES) {
    it(`${what} can't be used, and says so`, async () => {
      const connection = await connect();
      server.lies.sftp = ({ op, id }, send, honest) => {
        if (op === 'stat' || op === 'fstat') send(encode.attrs(id, { mode: MODE.file, ...attrs }));
        else honest();
      };
      const fault = { kind: 'failed', reason: expect.stringContaining('size') };
      expect(await ended(connection.stat(FILE))).toEqual(fault);
      expect(await ended(connection.openFile(FILE))).toEqual(fault);
      expect(await ended(connection.readFile(LARGE, CAPS))).toEqual(fault);
      expect(await ended(connection.readFile(FILE, CAPS))).toMatchObject({ kind: 'read', size: 31 });
      expect(connection.isClosed).toBe(false);
    });
  }

  it('is read within its caps whatever size it claims, and however much it gives', async () => {
    const connection = await connect();
    let size = 10;
    server.lies.sftp = ({ op, id, length }, send, honest) => {
      size += 1000;
      if (op === 'fstat') send(encode.attrs(id, { mode: MODE.file, size, mtimeSeconds: 1 }));
      else if (op === 'read') send(encode.data(id, Buffer.alloc(length, 'x')));
      else honest();
    };
    const small = await connection.readFile(FILE, CAPS);
    expect(small.kind === 'read' && small.head.length).toBe(CAPS.wholeBytes);
    size = 2 ** 52;
    const large = await connection.readFile(FILE, CAPS);
    expect(large.kind === 'read' && [large.head.length, large.tail?.length]).toEqual([49_152, 16_384]);
    const endless = await connection.readToEnd(FILE, 100_000);
    expect(endless.kind === 'read' && endless.head.length).toBe(100_000);
  });

  it('and gives more than was asked for never gives more than that', async () => {
    const connection = await connect();
    server.lies.sftp = ({ op, id, length }, send, honest) => {
      if (op === 'read') send(encode.data(id, Buffer.alloc(length * 4, 'x')));
      else honest();
    };
    const answer = await ended(connection.readToEnd(FILE, 1000));
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
    const piece = await connection.openFile(FILE);
    if (piece.kind !== 'open') throw new Error(piece.kind);
    const bytes = await piece.file.read(0, 500);
    expect(bytes.kind === 'bytes' ? bytes.bytes.length : 0).toBeLessThanOrEqual(500);
  });
});

describe('a folder', () => {
  it('that never ends is cut; the same names for ever are one name, and no names are its end', async () => {
    const connection = await connect();
    let listed = 0;
    let names: () => string[] = () => [`n${listed}`, `m${listed}`];
    server.lies.sftp = ({ op, id }, send, honest) => {
      listed += 1;
      if (op === 'readdir') send(encode.name(id, names()));
      else honest();
    };
    const endless = await connection.readdir(`${HOME}/job`, 50);
    expect(endless).toMatchObject({ kind: 'list', cut: true });
    expect(endless.kind === 'list' && new Set(endless.names).size).toBe(50);
    names = () => ['same', 'same', 'other'];
    const same = await connection.readdir(`${HOME}/job`, 50);
    expect(same).toEqual({ kind: 'list', names: ['same', 'other'], cut: true });
    names = () => [];
    expect(await connection.readdir(`${HOME}/job`, 50)).toEqual({ kind: 'list', names: [], cut: false });
  });

  it('of names of a quarter of a megabyte each fills no memory', async () => {
    const connection = await connect({ callDeadlineMs: 20_000 });
    let listed = 0;
    server.lies.sftp = ({ op, id }, send, honest) => {
      listed += 1;
      if (op === 'readdir') send(encode.name(id, [`${listed}${'n'.repeat(250_000)}`]));
      else honest();
    };
    expect(await ended(connection.readdir(`${HOME}/job`, 5000))).toMatchObject({ kind: 'failed' });
    expect(listed).toBeLessThan(10);
  });
});

describe('a server that falls silent', () => {
  const AT: Record<Stage, (connection: HostConnection) => Promise<unknown>> = {
    authentication: () => Promise.reject(new Error('It was let in.')),
    session: (connection) => connection.stat(FILE),
    subsystem: (connection) => connection.stat(FILE),
    version: (connection) => connection.stat(FILE),
    exec: (connection) => connection.exec('true', EXEC),
  };
  for (const stage of ['authentication', 'session', 'subsystem', 'version', 'exec'] as const) {
    it(`at ${stage} is given up by the deadline`, async () => {
      server.lies.silentAt = stage;
      const answer = await ended(connect().then(AT[stage]), 2 * DEADLINE_MS);
      const problem = { kind: 'timeout' };
      expect(answer).toMatchObject(stage === 'exec' ? { kind: 'lost', problem } : problem);
      await waitFor('the connection to be let go', () => server.open() === 0);
    });
  }

  for (const bytes of [10, 600, 1300]) {
    it(`${bytes} bytes into the key exchange is given up by the deadline`, async () => {
      const relay = await startRelay(server.port);
      const known = `HostKeyAlias [127.0.0.1]:${server.port}`;
      await writeFile(
        configFile,
        server.config.replace(`Port ${server.port}`, `Port ${relay.port}\n  ${known}`),
      );
      relay.cutAfter(bytes);
      expect(await ended(connect())).toMatchObject({ kind: 'timeout' });
      await waitFor('the connection to be let go', () => relay.open() === 0 || server.open() === 1);
      await relay.close();
    });
  }
});

describe('a command', () => {
  const run = async (exec: NonNullable<LyingServer['lies']['exec']>): Promise<ExecAnswer> => {
    server.lies.exec = exec;
    const connection = await connect();
    const answer = await ended(connection.exec('some command', EXEC));
    if (!('kind' in answer) || !('stdout' in answer || 'problem' in answer)) throw new Error('no answer');
    if (answer.kind !== 'ended') expectClear(answer.problem);
    return answer;
  };

  it('that ends without a status is known to have none', async () => {
    const answer = await run((_command, channel) => {
      channel.write('said');
      channel.close();
      return true;
    });
    expect(answer).toEqual({ kind: 'ended', code: null, stdout: 'said', stderr: '' });
  });

  it('that says its end and is never closed is lost by the deadline', async () => {
    const answer = await run((_command, channel) => {
      channel.exit(0);
      return true;
    });
    expect(answer).toMatchObject({ kind: 'lost', problem: { kind: 'timeout' } });
  });

  it('that floods either of its outputs, or says its status over and over, is cut off', async () => {
    const chunk = Buffer.alloc(60_000, 'y');
    for (const output of ['stdout', 'stderr'] as const) {
      const answer = await run((_command, channel) => {
        const stream = output === 'stdout' ? channel : channel.stderr;
        for (let time = 0; time < 50; time += 1) stream.write(chunk);
        return true;
      });
      expect(answer).toMatchObject({ kind: 'lost', problem: { kind: 'exec-flood' } });
    }
    const statuses = await run((_command, channel) => {
      for (let status = 0; status < 1000; status += 1) channel.exit(status);
      channel.end();
      return true;
    });
    expect(statuses).toMatchObject({ kind: 'ended', code: 0 });
  });
});

describe('a host that opens no channel beside SFTP', () => {
  it('gets each command over a connection of its own, which is closed after it', async () => {
    server.lies.maxSessions = 1;
    const connection = await connect();
    await connection.stat(FILE);
    const commands = ['first', 'second', 'third'];
    const answers = await Promise.all(commands.map((command) => connection.exec(command, EXEC)));
    expect(answers.map((answer) => answer.kind)).toEqual(['ended', 'ended', 'ended']);
    expect(await connection.exec('fourth', EXEC)).toMatchObject({ kind: 'ended', code: 4 });
    expect([...server.commands].sort()).toEqual(['first', 'fourth', 'second', 'third']);
    expect([server.connections(), connection.isClosed]).toEqual([5, false]);
    await waitFor('the others to be let go', () => server.open() === 1);
    expect(await connection.stat(FILE)).toMatchObject({ kind: 'file' });
  });

  it('and opens none there either is told what it needs; nothing was run', async () => {
    const connection = await connect();
    await connection.stat(FILE);
    server.lies.maxSessions = 0;
    const answer = await connection.exec('command', EXEC);
    expect(answer).toMatchObject({
      kind: 'not-sent',
      problem: { kind: 'no-channel', next: expect.stringContaining('MaxSessions') },
    });
    expect(server.commands).toEqual([]);
    await waitFor('the other to be let go', () => server.open() === 1);
  });

  it('and lets nobody in any more ends by the deadline; nothing was run, and files are read on', async () => {
    server.lies.maxSessions = 1;
    const connection = await connect();
    await connection.stat(FILE);
    server.lies.silentAt = 'authentication';
    const answer = await ended(connection.exec('command', EXEC), 2 * DEADLINE_MS);
    expect(answer).toMatchObject({ kind: 'not-sent', problem: { kind: 'timeout' } });
    expect(server.commands).toEqual([]);
    expect(await connection.stat(FILE)).toMatchObject({ kind: 'file' });
  });

  it('whose command never ends takes neither the files nor, when all is closed, anything with it', async () => {
    server.lies.maxSessions = 1;
    server.lies.exec = () => true;
    const connection = await connect();
    await connection.stat(FILE);
    expect(await ended(connection.exec('endless', EXEC))).toMatchObject({ kind: 'lost' });
    expect(await connection.stat(FILE)).toMatchObject({ kind: 'file' });
    const asked = connection.exec('endless', { ...EXEC, deadlineMs: 60_000 });
    await waitFor('the command', () => server.commands.length === 2);
    await connection.close();
    expect(await asked).toMatchObject({ kind: 'lost' });
    await waitFor('the connections to be let go', () => server.open() === 0);
  });
});
