import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readOwner, takeLock } from '../src/lock.ts';

let dir: Awaited<ReturnType<typeof makeTempDir>>;
let path: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await makeTempDir();
  path = join(dir.path, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await dir.remove();
});

const owner = { host: 'host-a', bootId: 'boot', pid: process.pid };

/** Another process that holds the lock, as another agent would, until it ends; it has a child that outlives it. */
async function holder(): Promise<ChildProcess> {
  const child = spawn('flock', ['-x', '-o', path, 'sh', '-c', 'echo held; exec sleep 300'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('the lock', () => {
  test('is taken once, and names its owner', async () => {
    const first = await takeLock(path, owner);
    expect(first.kind).toBe('locked');
    expect(await takeLock(path, { ...owner, pid: 2 })).toEqual({
      kind: 'held',
      owner: { version: 1, ...owner },
    });
    if (first.kind === 'locked') await first.lock.release();
    const second = await takeLock(path, { ...owner, pid: 2 });
    expect(second.kind).toBe('locked');
    expect((await readOwner(path))?.pid).toBe(2);
    if (second.kind === 'locked') await second.lock.release();
  });

  test('of another process is respected, and goes with it when it is killed', async () => {
    const other = await holder();
    expect((await takeLock(path, owner)).kind).toBe('held');
    other.kill('SIGKILL');
    await waitFor('the lock to be free', async () => {
      const taken = await takeLock(path, owner);
      if (taken.kind !== 'locked') return false;
      await taken.lock.release();
      return true;
    });
  });

  test('is not inherited by a child: it is free again while the child still runs', async () => {
    const taken = await takeLock(path, owner);
    if (taken.kind !== 'locked') throw new Error('not taken');
    const child = spawn('sh', ['-c', 'sleep 300 & sleep 300'], { detached: true, stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    await taken.lock.release();
    const again = await takeLock(path, owner);
    expect(again.kind).toBe('locked');
    if (again.kind === 'locked') await again.lock.release();
  });

  test('what the file says of an owner is no lock: leftovers and nonsense are taken over', async () => {
    for (const text of ['{"version":1,"host":"x","bootId":null,"pid":1}', 'nonsense', '']) {
      await writeFile(path, text);
      const taken = await takeLock(path, owner);
      expect(taken.kind).toBe('locked');
      if (taken.kind === 'locked') await taken.lock.release();
    }
  });
});
