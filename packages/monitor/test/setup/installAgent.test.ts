import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WritableConnection } from '../../src/hostConnection.ts';
import { type AgentFile, type InstallResult, installAgent } from '../../src/setup/installAgent.ts';
import { agentFile, type SetupHost, startSetupHost, wrapperOf } from './setupHost.ts';

let host: SetupHost;
let connection: WritableConnection;
beforeEach(async () => {
  host = await startSetupHost();
  connection = await host.connect()(host.sshd.alias, new AbortController().signal);
});
afterEach(async () => {
  await connection.close();
  await host.end();
});

function install(file: AgentFile, changes: { node?: string; onBytes?: (count: number) => void } = {}) {
  return installAgent(connection, {
    file,
    node: process.execPath,
    home: host.sshd.home,
    deadlineMs: 20_000,
    ...changes,
  });
}

/** Every file and folder of the host's home, in order. */
function tree(): string[] {
  const listed = execFileSync('find', ['.', '-mindepth', '1'], { cwd: host.sshd.home, encoding: 'utf8' });
  return listed.trim().split('\n').sort();
}

async function hasBytes(version: string, { bytes }: AgentFile): Promise<boolean> {
  const there = await readFile(join(host.sshd.home, '.local/share/milepost', version, 'milepost.mjs'));
  return there.equals(bytes);
}

function problemOf(result: InstallResult): string {
  return result.kind === 'failed' ? result.problem.what : 'it was installed';
}

function versionThere(): unknown {
  const said = execFileSync(wrapperOf(host.sshd), ['--version', '--json'], {
    encoding: 'utf8',
    env: { HOME: host.sshd.home },
  });
  return JSON.parse(said).version;
}

describe('installing', () => {
  it('puts the agent and its wrapper where watchers call it, and nothing else', async () => {
    const file = agentFile('0.3.0', randomBytes(400_000).toString('hex'));
    let bytes = 0;
    const result = await install(file, {
      onBytes: (count) => {
        bytes += count;
      },
    });
    expect(result).toEqual({
      kind: 'installed',
      file: join(host.sshd.home, '.local/share/milepost/0.3.0/milepost.mjs'),
      wrapper: wrapperOf(host.sshd),
    });
    expect(tree()).toEqual([
      './.local',
      './.local/bin',
      './.local/bin/milepost',
      './.local/share',
      './.local/share/milepost',
      './.local/share/milepost/0.3.0',
      './.local/share/milepost/0.3.0/milepost.mjs',
    ]);
    expect(bytes).toBe(file.bytes.length);
    expect(await hasBytes('0.3.0', file)).toBe(true);
    expect((await stat(wrapperOf(host.sshd))).mode & 0o777).toBe(0o755);
    expect(await readFile(wrapperOf(host.sshd), 'utf8')).toContain(`'${process.execPath}'`);
    expect(versionThere()).toBe('0.3.0');
  });

  it('leaves another version’s file and everything else in those folders as they are', async () => {
    await install(agentFile('0.2.0'));
    await writeFile(join(host.sshd.home, '.local/bin/other'), 'mine');
    await install(agentFile('0.3.0'));
    expect(versionThere()).toBe('0.3.0');
    expect(await readFile(join(host.sshd.home, '.local/bin/other'), 'utf8')).toBe('mine');
    expect(await readdir(join(host.sshd.home, '.local/share/milepost'))).toEqual(['0.2.0', '0.3.0']);
  });

  it('replaces a file of the same version that has other bytes', async () => {
    await install(agentFile('0.3.0', 'first'));
    const second = agentFile('0.3.0', 'second');
    expect(await install(second)).toMatchObject({ kind: 'installed' });
    expect(await hasBytes('0.3.0', second)).toBe(true);
    expect(await readdir(join(host.sshd.home, '.local/share/milepost/0.3.0'))).toEqual(['milepost.mjs']);
  });

  it('takes a Node and a home whose paths hold anything', async () => {
    const odd = join(host.sshd.home, 'it\'s a $HOME `x` "folder"');
    await mkdir(odd);
    const node = join(odd, 'node');
    await writeFile(node, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
    expect(await install(agentFile('0.3.0'), { node })).toMatchObject({ kind: 'installed' });
    expect(versionThere()).toBe('0.3.0');
  });
});

describe('where it fails', () => {
  it('an agent that works stays, and no temporary file is left', async () => {
    await install(agentFile('0.2.0'));
    const broken: AgentFile = { version: '0.3.0', bytes: Buffer.from('throw new Error("no such luck");\n') };
    expect(problemOf(await install(broken))).toMatch(/does not run on the host: ./);
    expect(versionThere()).toBe('0.2.0');
    expect(tree().filter((path) => path.includes('.tmp'))).toEqual([]);
  });

  it('an agent of the same version that works stays too', async () => {
    const works = agentFile('0.3.0');
    await install(works);
    await install({ version: '0.3.0', bytes: Buffer.from('process.exit(1);\n') });
    expect(await hasBytes('0.3.0', works)).toBe(true);
    expect(versionThere()).toBe('0.3.0');
  });

  it('an agent of another version than it should be is not put to use', async () => {
    const wrong = { ...agentFile('0.2.0'), version: '0.3.0' };
    expect(problemOf(await install(wrong))).toContain('it answered 0.2.0');
    expect(tree()).not.toContain('./.local/bin/milepost');
  });

  it('a copy that arrived otherwise than it was sent is not put in place', async () => {
    const cheat = join(host.sshd.home, 'cheating-node');
    // Stands for a disk that keeps other bytes than it was given.
    await writeFile(cheat, `#!/bin/sh\necho "sha256 ${'0'.repeat(64)}"\n`, { mode: 0o755 });
    expect(problemOf(await install(agentFile('0.3.0'), { node: cheat }))).toContain('another hash');
    expect(tree().filter((path) => /milepost\.mjs|\.tmp/.test(path))).toEqual([]);
  });

  it('a Node that is not there is named', async () => {
    const result = await install(agentFile('0.3.0'), { node: '/nonexistent/node' });
    expect(problemOf(result)).toContain('/nonexistent/node');
  });

  it('a file where a folder should be is told, and stays', async () => {
    await mkdir(join(host.sshd.home, '.local'));
    await writeFile(join(host.sshd.home, '.local/share'), 'a file');
    expect(problemOf(await install(agentFile('0.3.0')))).toContain('.local/share is no folder');
    expect(await readFile(join(host.sshd.home, '.local/share'), 'utf8')).toBe('a file');
  });

  it('a connection that breaks in the middle is thrown, with nothing in place', async () => {
    const file = agentFile('0.3.0', randomBytes(2_000_000).toString('hex'));
    await expect(install(file, { onBytes: () => void connection.close() })).rejects.toThrow('closed');
    expect(tree().filter((path) => path.endsWith('milepost.mjs'))).toEqual([]);
    expect(tree()).not.toContain('./.local/bin/milepost');
  });
});
