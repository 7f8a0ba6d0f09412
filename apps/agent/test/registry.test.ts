import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentHome, makeAgentHome } from './agent.ts';

let home: AgentHome;
beforeEach(async () => {
  home = await makeAgentHome();
});
afterEach(() => home.remove());

test('what killed agents left half written in the registry goes; what others write now stays', async () => {
  const folder = join(home.env['XDG_STATE_HOME'] ?? '', 'milepost', 'jobs');
  await mkdir(folder, { recursive: true });
  const host = hostname().replace(/[^A-Za-z0-9-]+/g, '-');
  const dead = [`a.json.${host}.4194305.new`, `.a.json.${host}.4194305.new.4194305.tmp`];
  const living = [`b.json.${host}.${process.pid}.new`, 'c.json.elsewhere.4194305.new'];
  for (const name of [...dead, ...living]) await writeFile(join(folder, name), '{');
  await home.milepost(['run', '--name', 'd', '--total', '1', '--every', '1', '--', 'true']);
  expect((await readdir(folder)).sort()).toEqual([...living, 'd.json'].sort());
});
