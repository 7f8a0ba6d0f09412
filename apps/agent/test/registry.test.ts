import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { listAnswerSchema } from '@milepost/shared/answers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
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

test('an entry that can’t be used is told beside the jobs, in JSON too, which a reader of before takes as it did', async () => {
  await home.milepost(['run', '--name', 'd', '--total', '1', '--every', '1', '--', 'true']);
  const list = async () => (await home.milepost(['list', '--json'])).stdout;
  // Where all is well nothing is said of it.
  expect(Object.keys(JSON.parse(await list()))).toEqual(['version', 'jobs']);

  const folder = join(home.env['XDG_STATE_HOME'] ?? '', 'milepost', 'jobs');
  await writeFile(join(folder, 'torn.json'), '{"version":1,');
  await writeFile(join(folder, 'future.json'), '{"version":9}');
  const answer = listAnswerSchema.parse(JSON.parse(await list()));
  expect(answer.jobs.map(({ id }) => id)).toEqual(['d']);
  expect(answer.problems?.toSorted()).toEqual([
    expect.stringMatching(/future\.json can't be used: .* newer Milepost/),
    `${join(folder, 'torn.json')} can't be used: it is not JSON.`,
  ]);
  expect((await home.milepost(['list'])).stdout).toContain(answer.problems?.[0]);
  // What version 0.1.0 read it by.
  const { version, jobs } = listAnswerSchema.shape;
  expect(z.object({ version, jobs }).parse(JSON.parse(await list()))).toEqual({
    version: 1,
    jobs: answer.jobs,
  });
});
