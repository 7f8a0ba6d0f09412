import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from '../agent.ts';
import { expectOrder, the } from './diskOrder.ts';
import { isSync, parseStrace, pathOfDescriptor, pathsOf, type SystemCall, succeeded } from './straceLog.ts';
import { makeWorkload, type OutputKind } from './workload.ts';

// The order on the disk, from a trace of the system calls: a power cut between any two of them loses nothing that was
// said to be saved.

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

const TOTAL = 40;
const EVERY = 10;

/** Runs a job under strace. */
async function trace(kind: OutputKind, jobs: number): Promise<{ calls: SystemCall[]; folder: string }> {
  const folder = join(home.dir, 'out');
  const workload = await makeWorkload(home.dir, folder, kind);
  const log = join(home.dir, 'strace.log');
  const traced = 'openat,fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,writev,ftruncate';
  const ended = await home.milepost(
    [
      ...['run', '--dir', 'out', '--total', `${TOTAL}`, '--every', `${EVERY}`, '--jobs', `${jobs}`],
      ...[...workload.options, '--', ...workload.command],
    ],
    { through: ['strace', '-f', '-y', '-s', '4096', '-e', `trace=${traced}`, '-o', log] },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return { calls: parseStrace(readFileSync(log, 'utf8')).filter(succeeded), folder };
}

describe.each([
  ['file', 1],
  ['folder', 2],
  ['stdout', 4],
] as const)('a job with output to a %s, %i at once', (kind, jobs) => {
  test('has its data on the disk before the name, the name before the ledger, and that before it is told', async (ctx) => {
    if (process.platform !== 'linux') ctx.skip('strace is of Linux');
    const { calls, folder } = await trace(kind, jobs);
    expectOrder({ calls, folder, total: TOTAL, every: EVERY, extension: kind === 'folder' ? '' : '.txt' });
  });
});

describe('a resume', () => {
  test('has the ledger that it counts on the disk before it tells of it', async (ctx) => {
    if (process.platform !== 'linux') ctx.skip('strace is of Linux');
    const { folder } = await trace('file', 1);
    const log = join(home.dir, 'resume.log');
    await home.milepost(['resume', folder, '--total', `${TOTAL + EVERY}`], {
      through: ['strace', '-f', '-y', '-s', '4096', '-e', 'trace=fsync,rename', '-o', log],
    });
    const calls = parseStrace(readFileSync(log, 'utf8')).filter(succeeded);
    const told = the('PROGRESS.txt', calls, (call) => pathsOf(call)[1] === join(folder, 'PROGRESS.txt'));
    const ledger = join(folder, '.milepost', 'ledger.jsonl');
    const synced = the(
      'fsync of the ledger',
      calls,
      (call) => isSync(call) && pathOfDescriptor(call) === ledger,
    );
    expect(synced.ended).toBeLessThan(told.began);
  });
});
