import { spawn } from 'node:child_process';
import { mkdir, open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchCheckpoints } from '../../src/process/checkpointWatch.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
beforeEach(async () => {
  temp = await makeTempDir();
});
afterEach(() => temp.remove());

async function put(name: string, text = 'weights', second = 0): Promise<void> {
  const path = join(temp.path, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await utimes(path, 1_800_000_000 + second, 1_800_000_000 + second);
}
const watch = (...globs: string[]) => watchCheckpoints(globs, temp.path, []);
const names = (found: { path: string }[]) => found.map(({ path }) => path);
/** A zip without an end. */
const TORN_ZIP = 'PK\u0003\u0004 and no directory';

describe('while the program runs', () => {
  test('whole is what has not changed between two looks, the newest first', async () => {
    const looks = watch('ckpt/*.bin');
    await put('ckpt/1.bin', 'a', 1);
    await put('ckpt/2.bin', 'b', 2);
    await put('ckpt/other.txt');
    expect(await looks.look()).toEqual([]);
    await put('ckpt/2.bin', 'longer', 3);
    expect(names(await looks.look())).toEqual(['ckpt/1.bin']);
    expect(names(await looks.look())).toEqual(['ckpt/2.bin', 'ckpt/1.bin']);
    await rm(join(temp.path, 'ckpt/1.bin'));
    expect(names(await looks.look())).toEqual(['ckpt/2.bin']);
  });

  test('nothing is that somebody has open for writing', async () => {
    const looks = watch('*.bin');
    await put('1.bin');
    const writer = spawn('/bin/sh', ['-c', 'exec 9>>1.bin; echo open; exec sleep 1000'], {
      cwd: temp.path,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    await looks.look();
    expect(await looks.look()).toEqual([]);
    expect(await looks.look()).toEqual([]);
    writer.kill('SIGKILL');
    await waitFor('it to be whole', async () => (await looks.look()).length === 1);
    // One who only reads does no harm.
    const reader = await open(join(temp.path, '1.bin'), 'r');
    expect(await looks.look()).toHaveLength(1);
    await reader.close();
  });

  test('nothing is whose format says that it is cut off, until it is written anew', async () => {
    const looks = watch('*.pt');
    await put('1.pt', TORN_ZIP);
    await looks.look();
    expect(await looks.look()).toEqual([]);
    await put('1.pt', 'an old format, which says nothing', 5);
    await looks.look();
    expect(await looks.look()).toHaveLength(1);
  });

  test('a folder is one checkpoint, whole when all of its files are', async () => {
    const looks = watch('run/checkpoint-*');
    await put('run/checkpoint-100/model.safetensors', 'torn');
    await put('run/checkpoint-100/config.json', '{}');
    await put('run/checkpoint-200/a/model.bin', 'weights', 7);
    await mkdir(join(temp.path, 'run/checkpoint-300'));
    await looks.look();
    const [found, ...others] = await looks.look();
    expect(others).toEqual([]);
    expect(found).toEqual({
      path: 'run/checkpoint-200',
      bytes: 7,
      modifiedAt: new Date(1_800_000_007_000).toISOString(),
    });
  });

  test('a glob may be absolute, and what it names may come by a rename', async () => {
    const looks = watchCheckpoints([join(temp.path, '*.bin')], '/', []);
    await put('tmp', 'weights');
    expect(await looks.look()).toEqual([]);
    await rename(join(temp.path, 'tmp'), join(temp.path, 'new.bin'));
    await looks.look();
    expect(names(await looks.look())).toEqual([join(temp.path, 'new.bin')]);
  });
});

describe('when the program has ended', () => {
  test('in order, what says nothing of itself is whole', async () => {
    await put('1.bin');
    await put('2.pt', TORN_ZIP);
    expect(names(await watch('*').lookAtEnd(true))).toEqual(['1.bin']);
  });

  test('killed, only what was whole before and has not changed since, or whose format tells', async () => {
    const looks = watch('*.bin');
    await put('1.bin');
    await looks.look();
    await looks.look();
    await put('2.bin', 'half', 2);
    expect(names(await looks.lookAtEnd(false))).toEqual(['1.bin']);
    // A later run knows it by the record alone.
    const known = (await looks.look()).filter(({ path }) => path === '1.bin');
    const later = () => watchCheckpoints(['*.bin'], temp.path, known);
    expect(names(await later().lookAtEnd(false))).toEqual(['1.bin']);
    await put('1.bin', 'changed', 9);
    expect(await later().lookAtEnd(false)).toEqual([]);
  });
});
