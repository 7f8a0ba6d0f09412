import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from '../agent.ts';

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

// No host is asked: a resume that was to be a plan alone, and started the job, could not be taken back.
test.each([
  [['resume', 'gpu-1:train', '--plan'], '--plan'],
  [['resume', 'gpu-1:train', '--detach', '--total', '200'], '--total'],
  [['resume', 'gpu-1:train', '--progress', '(?<done>\\d+)'], '--progress'],
  [['resume', 'gpu-1:train', '--', 'other', 'command'], 'A changed command'],
  [['stop', 'gpu-1:train', '--wait'], '--wait'],
])('%j: what the agent there would not be told is refused', async (args, what) => {
  const ended = await home.milepost(args);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(`${what} is not taken for a job on another host.`);
  expect(ended.stderr).toContain(`ssh gpu-1 .local/bin/milepost ${args[0]} train`);
});
