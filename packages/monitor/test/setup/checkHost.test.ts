import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { installFakeAgent, makeJob } from '@milepost/testing/writtenJob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHost, type InstallPlace } from '../../src/setup/checkHost.ts';
import { CHECK_STEPS, type HostCheck, hostCheckSchema } from '../../src/setup/hostCheck.ts';
import { installAgent } from '../../src/setup/installAgent.ts';
import type { SshOptions } from '../../src/ssh/connect.ts';
import { agentFile, forgetHostKey, type SetupHost, startSetupHost, wrapperOf } from './setupHost.ts';

let host: SetupHost;
beforeEach(async () => {
  host = await startSetupHost();
});
afterEach(() => host.end());

interface Checked {
  last: HostCheck;
  /** Each step's states in the order in which they were told. */
  told: string[];
  place: InstallPlace | null;
}

async function check(
  options: { ssh?: SshOptions; destination?: string; agentVersion?: string } = {},
): Promise<Checked> {
  const { ssh, destination = host.sshd.alias, agentVersion = '0.3.0' } = options;
  const told: string[] = [];
  let last: HostCheck | undefined;
  const place = await checkHost({
    destination,
    connect: host.connect(ssh),
    agentVersion,
    signal: new AbortController().signal,
    onCheck(check) {
      last = hostCheckSchema.parse(check);
      const states = CHECK_STEPS.map((step) => check.steps[step].kind[0]).join('');
      if (told.at(-1) !== states) told.push(states);
    },
  });
  if (last === undefined) throw new Error('Nothing was told.');
  return { last, told, place };
}

async function install(version: string): Promise<void> {
  const connection = await host.connect()(host.sshd.alias, new AbortController().signal);
  const request = {
    file: agentFile(version),
    node: process.execPath,
    home: host.sshd.home,
    deadlineMs: 20_000,
  };
  const result = await installAgent(connection, request);
  await connection.close();
  if (result.kind === 'failed') throw new Error(result.problem.what);
}

function stepsOf({ last }: Checked): Record<string, string> {
  return Object.fromEntries(CHECK_STEPS.map((step) => [step, last.steps[step].kind]));
}

const REACHED = { name: 'done', port: 'done', hostKey: 'done', login: 'done' };

describe('a host with the agent', () => {
  it('goes through every step, in their order, to the names of its jobs', async () => {
    await install('0.3.0');
    await makeJob(host.sshd.home, 'dataset');
    await makeJob(host.sshd.home, 'tokens');
    const checked = await check();
    expect(checked.last).toMatchObject({ isOver: true, install: null, nodeInstallLine: null });
    expect(checked.last.found).toMatchObject({
      address: { hostname: '127.0.0.1', port: host.sshd.port, user: host.sshd.user, by: null },
      hostKey: { keyType: 'ssh-ed25519' },
      node: { version: process.version },
      agentVersion: '0.3.0',
      jobs: ['dataset', 'tokens'],
    });
    expect(new Set(Object.values(stepsOf(checked)))).toEqual(new Set(['done']));
    // r(unning), w(aiting), d(one)
    expect(checked.told).toEqual([
      'rwwwwww',
      'drwwwww',
      'ddrwwww',
      'dddrwww',
      'ddddrww',
      'ddddddw',
      'ddddddr',
      'ddddddd',
    ]);
  });

  it('leaves no connection behind', async () => {
    await check();
    // A session of sshd goes a moment after its connection.
    await waitFor('sshd to have no session', () => {
      const children = `cat /proc/${host.sshd.pid()}/task/*/children`;
      return execFileSync('sh', ['-c', children], { encoding: 'utf8' }).trim() === '';
    });
  });

  it('that is older and works is fine, and a newer one is offered', async () => {
    await install('0.2.9');
    const checked = await check();
    expect(stepsOf(checked)).toMatchObject({ ...REACHED, node: 'done', agent: 'done', jobs: 'done' });
    expect(checked.last).toMatchObject({ install: 'older', found: { agentVersion: '0.2.9' } });
    expect(checked.place).toMatchObject({ home: host.sshd.home });
  });

  it('that is newer is left alone', async () => {
    await install('0.4.0');
    const checked = await check();
    expect(checked.last).toMatchObject({ install: null, found: { agentVersion: '0.4.0' } });
    expect(stepsOf(checked)).toMatchObject({ agent: 'done', jobs: 'done' });
    expect(checked.place).toBeNull();
  });

  it('that does not work is to be installed anew', async () => {
    await mkdir(join(host.sshd.home, '.local/bin'), { recursive: true });
    await writeFile(wrapperOf(host.sshd), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const checked = await check();
    expect(stepsOf(checked)).toMatchObject({ node: 'done', agent: 'failed', jobs: 'skipped' });
    expect(checked.last.install).toBe('broken');
  });

  it('that speaks an older protocol has to be replaced, its jobs are found all the same', async () => {
    await installFakeAgent(host.sshd.home, 'exit 4');
    const script = await readFile(wrapperOf(host.sshd), 'utf8');
    await writeFile(wrapperOf(host.sshd), script.replace('"protocol":1', '"protocol":0'));
    await makeJob(host.sshd.home, 'dataset');
    const checked = await check();
    expect(stepsOf(checked)).toMatchObject({ node: 'done', agent: 'failed', jobs: 'done' });
    expect(checked.last.install).toBe('older');
  });
});

describe('a host without the agent', () => {
  it('says so, and where it would be installed', async () => {
    const checked = await check();
    expect(stepsOf(checked)).toEqual({ ...REACHED, node: 'done', agent: 'failed', jobs: 'skipped' });
    expect(checked.last).toMatchObject({ isOver: true, install: 'missing' });
    expect(checked.place?.home).toBe(host.sshd.home);
    expect(checked.place?.node).toMatch(/^\/.*node/);
  });
});

describe('the step at which a host fails', () => {
  async function failedStep(
    options: Parameters<typeof check>[0] = {},
  ): Promise<{ step: string | undefined; kind: string | undefined; checked: Checked }> {
    const checked = await check(options);
    expect(checked.last.isOver).toBe(true);
    expect(checked.place).toBeNull();
    const step = CHECK_STEPS.find((name) => checked.last.steps[name].kind === 'failed');
    const state = step && checked.last.steps[step];
    return { step, kind: state?.kind === 'failed' ? state.problem.kind : undefined, checked };
  }

  it('is its name', async () => {
    expect(await failedStep({ destination: 'no-such-host.invalid' })).toMatchObject({
      step: 'name',
      kind: 'name-not-found',
    });
    expect(await failedStep({ destination: '-oProxyCommand=reboot' })).toMatchObject({
      step: 'name',
      kind: 'destination',
    });
  });

  it('is its port', async () => {
    await host.sshd.stop();
    expect(await failedStep()).toMatchObject({ step: 'port', kind: 'connection-refused' });
  });

  it('is its host key, with the fingerprint to compare; trusted, it goes on', async () => {
    await forgetHostKey(host.sshd);
    const { step, kind, checked } = await failedStep();
    expect({ step, kind }).toEqual({ step: 'hostKey', kind: 'host-key-unknown' });
    const state = checked.last.steps.hostKey;
    const question = state.kind === 'failed' ? state.question : null;
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', `${host.sshd.hostKey}.pub`], {
      encoding: 'utf8',
    }).split(' ')[1];
    expect(question).toMatchObject({ kind: 'host-key', fingerprint });
    const trusted = await check({
      ssh: { confirmHostKey: async (shown) => shown.fingerprint === fingerprint },
    });
    expect(stepsOf(trusted)).toMatchObject(REACHED);
  });

  it('is the login: a key that is refused, and one whose passphrase is wanted', async () => {
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret words', '-f', host.sshd.key]);
    const { step, checked } = await failedStep();
    expect(step).toBe('login');
    expect(checked.last.steps.login).toMatchObject({
      question: { kind: 'passphrase', keyFile: host.sshd.key },
    });
    const other = join(host.dir, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await writeFile(
      host.sshd.config,
      (await readFile(host.sshd.config, 'utf8')).replace(host.sshd.key, other),
    );
    expect(await failedStep()).toMatchObject({ step: 'login', kind: 'auth-refused' });
  });

  it('is the way there, where a jump host fails', async () => {
    const own = await readFile(host.sshd.config, 'utf8');
    await writeFile(
      host.sshd.config,
      `${own}Host behind\n  HostName 127.0.0.1\n  ProxyJump nowhere.invalid\n`,
    );
    expect(await failedStep({ destination: 'behind' })).toMatchObject({
      step: 'port',
      kind: 'name-not-found',
    });
  });
});

it('a check that is called off tells nothing more and leaves nothing', async () => {
  const abort = new AbortController();
  const told: HostCheck[] = [];
  const checking = checkHost({
    destination: host.sshd.alias,
    connect: host.connect(),
    agentVersion: '0.3.0',
    signal: abort.signal,
    onCheck(check) {
      told.push(check);
      abort.abort();
    },
  });
  expect(await checking).toBeNull();
  expect(told).toHaveLength(1);
});
