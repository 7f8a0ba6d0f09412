import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost, type TestHost } from '@milepost/testing/agentHost';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { numbers } from '../../../apps/agent/test/agent.ts';
import { CLIENT, GATED, PYTHON } from './pythonHome.ts';

// A Python program on another machine, behind a real sshd: watched, resumed and fetched from here, as by the app.

let host: TestHost;
beforeEach(async () => {
  host = await startHost();
});
afterEach(() => host.remove());

test('a job that a program began there by itself is watched, resumed and fetched from here', async () => {
  const work = join(host.sshd.home, 'work');
  const results = join(work, 'out');
  await mkdir(work);
  const open = (item: number) => writeFile(join(work, 'gate'), `${item}`);
  await open(100);
  await writeFile(join(work, 'gen.py'), GATED.replace('int(pathlib', 'int("0" + pathlib'));
  const program = spawn(PYTHON, ['gen.py'], {
    cwd: work,
    stdio: 'ignore',
    env: {
      HOME: host.sshd.home,
      PATH: process.env['PATH'],
      PYTHONPATH: CLIENT,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const reach = ['--ssh-config', host.sshd.config];
  await waitFor('its second batch', () => existsSync(join(results, 'checkpoint_00000.txt')));
  program.kill('SIGKILL');
  await waitFor('its end', () => program.signalCode);

  const watched = await host.milepost(['watch', 'gpu-1', '--once', ...reach]);
  expect(watched.stdout).toMatch(/out .*interrupted/i);
  expect(await host.milepost(['resume', 'gpu-1:out', ...reach])).toEqual({
    code: 0,
    stdout: 'out runs on gpu-1.\n',
    stderr: '',
  });
  expect((await host.progress(results))?.runs).toBe(2);
  await open(300);
  await waitFor('the end', async () => (await host.progress(results))?.status === 'complete');
  expect(await host.committed(results)).toEqual([0, 100, 200]);
  const to = join(host.dir, 'fetched');
  await mkdir(to);
  expect(await host.milepost(['fetch', 'gpu-1:out', '--to', to, ...reach])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/numbers\.txt .*its hash is right/),
  });
  expect(readFileSync(join(to, 'numbers.txt'), 'utf8')).toBe(numbers(0, 300));
  // What only its program can do is said so.
  const partial = await host.milepost(['fetch', 'gpu-1:out', '--partial', '--to', to, ...reach]);
  expect(partial.code).not.toBe(0);
  expect(partial.stderr).toContain('out is merged by its own program');
});
