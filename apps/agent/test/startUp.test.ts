import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentHome, makeAgentHome } from './agent.ts';

// An agent is started for each look at a job: what reaches other hosts (a sixth of a start) waits until it is needed.

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

/** Whether a command loads ssh2, told by the modules of Node that ssh2 alone requires. */
async function loadsSsh(args: readonly string[]): Promise<boolean> {
  const hook = join(home.dir, 'loaded.cjs');
  await writeFile(
    hook,
    "process.on('exit', () => process.stderr.write('ssh:' + process.moduleLoadList.includes('NativeModule https')));",
  );
  const { stderr } = await home.milepost(args, {
    env: { ...home.env, NODE_OPTIONS: `--require=${hook}` },
  });
  const [, told] = /ssh:(true|false)$/.exec(stderr) ?? [];
  if (told === undefined) throw new Error(`The hook told nothing:\n${stderr}`);
  return told === 'true';
}

it.each([
  [['list']],
  [['--help']],
  [['run', '--name', 'short', '--total', '2', '--every', '1', '--', 'echo', '{start}']],
  [['status', 'nothing']],
  [['stop', 'nothing']],
  [['logs', 'nothing']],
])('%j does not load what reaches other hosts', async (args) => {
  expect(await loadsSsh(args)).toBe(false);
});

it('a command for another host does', async () => {
  expect(await loadsSsh(['logs', 'nowhere.invalid:job'])).toBe(true);
});
