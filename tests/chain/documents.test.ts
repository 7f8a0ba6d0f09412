import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import { installAgent } from '@milepost/testing/installAgent';
import { PYTHON } from '@milepost/testing/python';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../scripts/ensureBuilt.mjs';

const ROOT = join(import.meta.dirname, '../..');

let dir: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
beforeEach(async () => {
  dir = await makeTempDir();
});
afterEach(async () => {
  await sshd?.stop();
  await dir.remove();
});

/** Runs shell lines with ssh and scp that know the test's host. */
function run(lines: string, cwd: string): Promise<{ code: number | string | null; said: string }> {
  return new Promise((resolve) => {
    const PATH = `${join(dir.path, 'bin')}:${process.env['PATH']}`;
    execFile(
      'sh',
      ['-ec', lines],
      { cwd, env: { PATH, HOME: dir.path }, timeout: 50_000 },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? null) : 0, said: stdout + stderr }),
    );
  });
}

test('the agent is put onto a host, and taken away, by the lines of docs/install.md', async () => {
  const page = await readFile(join(ROOT, 'docs/install.md'), 'utf8');
  const [install, remove] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '');
  if (install === undefined || remove === undefined) throw new Error('docs/install.md lost its commands.');
  // A command starts in the account's home folder, which is not this test's: without this the lines would be carried out there.
  const config = ['ForceCommand cd "$HOME" && exec sh -c "$SSH_ORIGINAL_COMMAND"'];
  sshd = await startSshd({ dir: dir.path, config });
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

/** The lines of a page's block of shell that holds `word`, continued ones joined, without comments. */
async function commandsOf(page: string, word: string): Promise<string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block]) => block ?? '');
  const block = blocks.find((lines) => lines.includes(word));
  if (block === undefined) throw new Error(`${page} lost its command with ${word}.`);
  return block
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/\s+#.*/, '').trim())
    .filter(Boolean);
}

test('the README’s command starts a program on the host; the commands of docs/watching.md see it to its end', async () => {
  sshd = await startSshd({ dir: dir.path });
  await installAgent(sshd.home, await ensureAgentBuilt(), MILEPOST_VERSION);
  await mkdir(join(dir.path, 'bin'));
  await mkdir(join(sshd.home, '.bin'));
  await symlink(PYTHON, join(sshd.home, '.bin/python'));
  const train = `import os, time
os.makedirs("ckpt", exist_ok=True)
for step in range(1, 101):
    print(f"step {step} of 100", flush=True)
    if step % 20 == 0:
        with open(f"ckpt/{step}.pt", "wb") as file:
            file.write(b"weights" * 100)
    time.sleep(0.01)
`;
  await writeFile(join(sshd.home, 'train.py'), train);
  const ssh = `/usr/bin/ssh -F '${sshd.config}' gpu-1`;
  const [start = '', ...more] = await commandsOf('README.md', '--resume-args');
  expect(more).toEqual([]);
  await writeFile(join(dir.path, 'start.sh'), `cd "$HOME"; PATH="$HOME/.bin:$PATH"\n${start}\n`);
  expect(await run(`${ssh} sh <start.sh`, dir.path)).toMatchObject({ code: 0 });

  // The person's own ssh configuration, which the test must not touch, and a folder that is not this test's to make.
  const agent = join(dir.path, 'bin/milepost');
  const options = `watch --ssh-config '${sshd.config}' "$@"`;
  await writeFile(
    agent,
    `#!/bin/sh\nshift\nexec '${process.execPath}' '${await ensureAgentBuilt()}' ${options}\n`,
    { mode: 0o755 },
  );
  const [here = '', there = '', file = ''] = (await commandsOf('docs/watching.md', 'milepost watch')).map(
    (line) => line.replace('/data/results', join(sshd.home, 'train')),
  );
  const local = 'run --name local --total 2 --every 1 --ext .txt --merge concat -- echo {start}';
  await run(`'${process.execPath}' '${await ensureAgentBuilt()}' ${local}`, dir.path);
  expect(await run(here, dir.path)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/local.*complete/),
  });
  expect(await run(there, dir.path)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/train.*complete/),
  });
  expect(await run(file, dir.path)).toMatchObject({ code: 0, said: expect.stringMatching(/complete.*100/) });
}, 120_000);
