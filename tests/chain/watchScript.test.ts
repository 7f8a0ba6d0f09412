import { spawn } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/watch.sh');

let dir: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
beforeEach(async () => {
  dir = await makeTempDir();
  sshd = await startSshd({ dir: dir.path });
});
afterEach(async () => {
  await sshd.stop();
  await dir.remove();
});

async function put(text: string): Promise<void> {
  await writeFile(join(dir.path, 'new'), text);
  await rename(join(dir.path, 'new'), join(dir.path, 'PROGRESS.txt'));
}

function watch() {
  const child = spawn('sh', [SCRIPT, `${sshd.alias}:${join(dir.path, 'PROGRESS.txt')}`, '0.2'], {
    env: { PATH: process.env['PATH'], HOME: dir.path, TMPDIR: dir.path, SCP_OPTIONS: `-F ${sshd.config}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output: () => output, ended };
}

test('watch.sh shows each change once, waits out a dead network and ends with 0 on COMPLETE', async () => {
  await put('Progress: 1/3 (33.3%)\nStatus: RUNNING\n');
  const seen = watch();
  await waitFor('the first text', () => seen.output().includes('1/3'));
  await sshd.stop();
  await waitFor('the fault to be told', () => seen.output().includes('no answer'));
  await put('Progress: 2/3 (66.6%)\nStatus: RUNNING\n');
  await sshd.start();
  await waitFor('the second text', () => seen.output().includes('2/3'));
  await put('Progress: 3/3 (100%)\nStatus: COMPLETE\n');
  expect(await seen.ended).toBe(0);
  expect(seen.output().match(/Progress: 1\/3/g)?.length).toBe(1);
});

test.each([
  ['FAILED', 1],
  ['INTERRUPTED', 5],
  ['STOPPED', 5],
])('watch.sh ends on %s with %i', async (status, code) => {
  await put(`Progress: 1/3 (33.3%)\nStatus: ${status}\n`);
  expect(await watch().ended).toBe(code);
});
