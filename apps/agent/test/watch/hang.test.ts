import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from '../agent.ts';

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

test('a file system that does not answer is told after its deadline, and watch ends', async () => {
  await home.milepost(['run', '--name', 'd', '--total', '1', '--every', '1', '--', 'true']);
  const path = join(home.dir, 'd', 'PROGRESS.txt');
  // strace keeps the call from its answer for longer than the deadline, as a mount does whose server is gone.
  const calls = 'statx,stat,newfstatat';
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:delay_enter=15000000`];
  const ended = await home.milepost(['watch', '--once'], {
    env: { ...home.env, UV_USE_IO_URING: '0' },
    through: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-P', path, ...inject],
  });
  expect(ended.stdout).toContain(`This machine still has not answered (looking at ${path}).`);
  expect(ended.stderr).toContain('A file system of this machine does not answer');
  // In order it can't: Node waits for the call.
  expect(ended.signal).toBe('SIGKILL');
});
