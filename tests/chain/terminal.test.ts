import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { startGatedJob } from '@milepost/testing/gatedJob';
import { startTerminal, type Terminal } from '@milepost/testing/terminal';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../scripts/ensureBuilt.mjs';

// `milepost watch` as a person has it: on a terminal, with questions that only a person can answer.

const PASSPHRASE = 'a passphrase nobody shall see';

let host: TestHost;
let agent: string;
const terminals: Terminal[] = [];
beforeEach(async () => {
  agent = await ensureAgentBuilt();
  host = await startHost();
});
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill();
  await host.remove();
});

const knownKeys = () => join(host.dir, 'accepted');

function milepost(...args: readonly string[]): Terminal {
  const reach = ['--ssh-config', host.sshd.config, '--known-hosts', knownKeys()];
  const terminal = startTerminal([process.execPath, agent, ...args, ...reach], {
    env: { PATH: process.env['PATH'], HOME: host.dir, XDG_STATE_HOME: join(host.dir, 'state') },
    cwd: host.dir,
  });
  terminals.push(terminal);
  return terminal;
}

const shows = (terminal: Terminal, text: RegExp) =>
  waitFor(String(text), () => text.test(terminal.output()) || undefined);

describe('milepost watch on a terminal', () => {
  test('draws a table in place until all is complete', async () => {
    const job = await startGatedJob(host);
    const watching = milepost('watch', 'gpu-1', '--interval', '1s');
    await shows(watching, /gated .* 0%/);
    await job.open(1000);
    expect((await watching.ended).code).toBe(0);
    expect(watching.output()).toMatch(/complete/);
    // Drawn over what was there, not below it.
    expect(watching.output()).toContain('\u001b[J');
  });

  test('asks for an unknown host key and for a passphrase, shows neither what is typed nor asks again', async () => {
    await startGatedJob(host);
    await writeFile(host.sshd.knownHosts, '');
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', PASSPHRASE, '-f', host.sshd.key]);
    const first = milepost('watch', 'gpu-1', '--once');
    await shows(first, /SHA256:[A-Za-z0-9+/]{43}[\s\S]*\[y\/N\] /);
    first.type('y\r');
    await shows(first, /is encrypted.*: /);
    first.type(`${PASSPHRASE}\r`);
    expect((await first.ended).code).toBe(7);
    expect(first.output()).toMatch(/running/);
    expect(first.output()).not.toContain(PASSPHRASE);
    expect(await readFile(knownKeys(), 'utf8')).toContain('ssh-ed25519');

    // The key is known by now; a passphrase is never kept.
    const second = milepost('watch', 'gpu-1', '--once');
    await shows(second, /is encrypted.*: /);
    second.type('\r');
    expect((await second.ended).code).toBe(6);
    expect(second.output()).not.toContain('SHA256:');
    expect(second.output()).toMatch(/passphrase/);
  });

  test('a key that is not trusted is refused: exit code 6, nothing is kept', async () => {
    await writeFile(host.sshd.knownHosts, '');
    const refused = milepost('logs', 'gpu-1:dataset');
    await shows(refused, /\[y\/N\] /);
    refused.type('n\r');
    expect((await refused.ended).code).toBe(6);
    await expect(readFile(knownKeys())).rejects.toThrow('ENOENT');
  });
});
