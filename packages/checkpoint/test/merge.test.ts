import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { concatenate } from '../src/merge.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'milepost-merge-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('a merge that joins large checkpoints ends when the run is ended, and not at its end', async () => {
  // Holes take no space to read; the copy would take 64 GiB.
  const bytes = 64 * 1024 ** 3;
  const input = join(dir, 'checkpoint_00000.bin');
  const file = await open(input, 'w');
  await file.truncate(bytes);
  await file.close();
  const output = join(dir, 'all.bin');
  const ending = new AbortController();
  const merging = concatenate({ inputs: [input], list: join(dir, 'list'), output }, ending.signal);
  await waitFor('the copy to grow', async () => (await stat(output).catch(() => null))?.size ?? 0);
  ending.abort(new Error('SIGTERM'));
  expect(await merging).toMatchObject({ kind: 'failed' });
  expect((await stat(output)).size).toBeLessThan(bytes);
});
