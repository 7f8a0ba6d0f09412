import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecordLine } from '@milepost/shared/recordLine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from './agent.ts';

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

const options = ['--name', 'numbers', '--dir', 'out', '--total', '500', '--every', '100', '--ext', '.txt'];

describe('records', () => {
  test('of a newer Milepost are refused with a word about updating, and untouched', async () => {
    await home.milepost(['run', ...options, '--', 'seq', '{start}', '{end}']);
    const path = join(home.dir, 'out', '.milepost', 'job.json');
    const newer = (await readFile(path, 'utf8')).replace('"version": 1', '"version": 2');
    await writeFile(path, newer);
    for (const args of [
      ['resume', 'out'],
      ['run', ...options, '--', 'seq', '{start}', '{end}'],
      ['resume', 'out', '--plan'],
    ]) {
      const ended = await home.milepost(args);
      expect(ended.code).toBe(4);
      expect(ended.stderr).toMatch(/newer Milepost.*update Milepost/);
    }
    expect(await readFile(path, 'utf8')).toBe(newer);
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +unreadable/);
  });

  test.each(['ledger.jsonl', 'runs.jsonl'])(
    'a line of a newer Milepost in %s is refused as well',
    async (file) => {
      await home.milepost(['run', ...options, '--', 'seq', '{start}', '{end}']);
      const path = join(home.dir, 'out', '.milepost', file);
      const line = encodeRecordLine({ version: 2, kind: 'start', news: true });
      await appendFile(path, line);
      const before = await readFile(path, 'utf8');
      const ended = await home.milepost(['resume', 'out', '--total', '600']);
      expect(ended.code).toBe(4);
      expect(ended.stderr).toMatch(/newer Milepost.*update Milepost/);
      expect(await readFile(path, 'utf8')).toBe(before);
    },
  );

  test('a job that is no more in its folder is missing in the list, and told on resume', async () => {
    await home.milepost(['run', ...options, '--', 'seq', '{start}', '{end}']);
    await rm(join(home.dir, 'out'), { recursive: true });
    expect((await home.milepost(['list'])).stdout).toMatch(/numbers +missing/);
    const ended = await home.milepost(['resume', 'numbers']);
    expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining('holds no job any more') });
  });
});

describe('status', () => {
  test('of a file says what the file says', async () => {
    await writeFile(join(home.dir, 'PROGRESS.txt'), 'Progress: 2000/30000 (6.7%)\nETA: 29.4 min\n');
    const ended = await home.milepost(['status', 'PROGRESS.txt', '--json']);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      status: 'running',
      completed: 2000,
      percent: 6.6,
      etaSeconds: 1764,
    });
    await writeFile(join(home.dir, 'empty.txt'), '');
    expect(await home.milepost(['status', 'empty.txt'])).toMatchObject({ code: 1 });
  });

  test('of nothing is refused', async () => {
    expect(await home.milepost(['status', 'nowhere'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('There is no job nowhere here'),
    });
  });
});

describe('--version --json', () => {
  test('tells a watcher what it needs', async () => {
    const { stdout } = await home.milepost(['--version', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      version: '0.1.0',
      protocol: 1,
      node: process.versions.node,
      registry: join(home.env['XDG_STATE_HOME'] ?? '', 'milepost', 'jobs'),
    });
  });
});
