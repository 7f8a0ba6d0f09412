import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../scripts/ensureBuilt.mjs';

const ROOT = join(import.meta.dirname, '../..');

let dir: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
beforeEach(async () => {
  dir = await makeTempDir();
  // A command starts in the account's home folder, which is not this test's: without this the lines would be carried out there.
  const config = ['ForceCommand cd "$HOME" && exec sh -c "$SSH_ORIGINAL_COMMAND"'];
  sshd = await startSshd({ dir: dir.path, config });
});
afterEach(async () => {
  await sshd.stop();
  await dir.remove();
});

/** Runs shell lines with ssh and scp that know the test's host. */
function run(lines: string, cwd: string): Promise<{ code: number | string | null; said: string }> {
  return new Promise((resolve) => {
    const PATH = `${join(dir.path, 'bin')}:${process.env['PATH']}`;
    execFile('sh', ['-ec', lines], { cwd, env: { PATH, HOME: dir.path } }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? null) : 0, said: stdout + stderr }),
    );
  });
}

test('the agent is put onto a host, and taken away, by the lines of docs/install.md', async () => {
  const page = await readFile(join(ROOT, 'docs/install.md'), 'utf8');
  const [install, remove] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '');
  if (install === undefined || remove === undefined) throw new Error('docs/install.md lost its commands.');
  await mkdir(join(dir.path, 'bin'));
  // -O: scp by a command, since SFTP would begin in the account's home folder.
  for (const [program, option] of [
    ['ssh', ''],
    ['scp', '-O'],
  ] as const) {
    const script = `#!/bin/sh\nexec /usr/bin/${program} ${option} -F '${sshd.config}' "$@"\n`;
    await writeFile(join(dir.path, 'bin', program), script, { mode: 0o755 });
  }
  await cp(await ensureAgentBuilt(), join(dir.path, 'milepost.mjs'));

  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect((await run('ssh gpu-1 pwd', dir.path)).said, 'no other home is touched').toBe(`${sshd.home}\n`);
  expect(await run(install, dir.path)).toEqual({ code: 0, said: `${version}\n` });
  const there = '"$HOME/.local/bin/milepost" list --json';
  expect((await run(`ssh gpu-1 '${there}'`, dir.path)).code).toBe(0);

  const kept = join(sshd.home, 'results');
  await mkdir(kept);
  expect(await run(`ssh gpu-1 '${remove.trim()}'`, dir.path)).toEqual({ code: 0, said: '' });
  expect(await run('find . -name "*milepost*"', sshd.home)).toEqual({ code: 0, said: '' });
  expect((await run('ls', sshd.home)).said).toBe('results\n');
}, 60_000);
