import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectOrder } from '../../../../apps/agent/test/kill/diskOrder.ts';
import { parseStrace, succeeded } from '../../../../apps/agent/test/kill/straceLog.ts';
import { makePythonHome, type PythonHome } from '../pythonHome.ts';
import { makePythonWorkload } from './workload.ts';

// The order on the disk, from a trace of the system calls: the one that the agent keeps.

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

describe.each(['bytes', 'file', 'folder'] as const)('a job that saves %s', (kind) => {
  test('has its data on the disk before the name, the name before the ledger, and that before it is told', async (ctx) => {
    if (process.platform !== 'linux') ctx.skip('strace is of Linux');
    const workload = await makePythonWorkload(home, 'out', kind, { total: 40, every: '10' });
    const log = join(home.dir, 'strace.log');
    const traced = 'openat,fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,writev,ftruncate';
    const ended = await home.run(workload.args, {
      through: ['strace', '-f', '-y', '-s', '4096', '-e', `trace=${traced}`, '-o', log],
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const calls = parseStrace(readFileSync(log, 'utf8')).filter(succeeded);
    const extension = kind === 'folder' ? '' : '.txt';
    expectOrder({ calls, folder: join(home.dir, 'out'), total: 40, every: 10, extension });
  });
});
