import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findSshHosts } from '../../src/setup/sshHosts.ts';

let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ path: home, remove } = await makeTempDir());
});
afterEach(() => remove());

async function write(path: string, ...lines: string[]): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), `${lines.join('\n')}\n`);
}

const find = (configFile: string | null = null) => findSshHosts({ configFile, homeDir: home });

async function names(): Promise<string[]> {
  return (await find()).hosts.map(({ name }) => name);
}

it('finds nothing, and no fault, where there is no configuration', async () => {
  expect(await find()).toEqual({ hosts: [], problem: null });
});

it('finds the hosts in their order, with what a person knows them by', async () => {
  await write(
    '.ssh/config',
    'Host gpu-1 gpu-one',
    '  HostName 10.0.3.17',
    '  User ubuntu',
    'Host bastion',
    'Host %h-like',
    '  hostname %h.example.org',
    'Host *.example.org !gpu-? web?',
    '  User ada',
    'Host *',
    '  ServerAliveInterval 15',
  );
  expect((await find()).hosts).toEqual([
    { name: 'gpu-1', hostname: '10.0.3.17', user: 'ubuntu' },
    { name: 'gpu-one', hostname: '10.0.3.17', user: 'ubuntu' },
    { name: 'bastion', hostname: null, user: null },
    { name: '%h-like', hostname: '%h-like.example.org', user: null },
  ]);
});

it('leaves out places for git, what ssh would take for an option, and a name’s second entry', async () => {
  await write(
    '.ssh/config',
    'Host github.com',
    '  User git',
    'Host gpu-1',
    '  HostName first',
    'Host gpu-1 gpu;2 $(reboot)',
    '  HostName second',
  );
  expect((await find()).hosts).toEqual([{ name: 'gpu-1', hostname: 'first', user: null }]);
});

it('follows Include, with patterns, from ~/.ssh and into further files', async () => {
  await write('.ssh/config', 'Include config.d/* ~/work/hosts missing', 'Host own');
  await write('.ssh/config.d/10-a', 'Host a');
  await write('.ssh/config.d/20-b', 'Host b', 'Include ../not-from-here', 'Host b2');
  await write('work/hosts', 'Host work');
  expect(await names()).toEqual(['a', 'b', 'b2', 'work', 'own']);
});

it('takes an Include behind a Host line only where that holds for every host', async () => {
  await write('.ssh/config', 'Host gpu-1', '  Include one', 'Host *', '  Include all');
  await write('.ssh/one', 'Host never');
  await write('.ssh/all', 'Host always');
  expect(await names()).toEqual(['gpu-1', 'always']);
});

it('ends where files include each other', async () => {
  await write('.ssh/config', 'Include other', 'Host a');
  await write('.ssh/other', 'Include config', 'Host b');
  expect((await names()).sort()).toEqual(['a', 'b']);
});

it('tells of a file that cannot be read, and lists the others’ hosts', async () => {
  await write('.ssh/config', 'Include config.d/*', 'Host own');
  await mkdir(join(home, '.ssh/config.d/folder'), { recursive: true });
  const { hosts, problem } = await find();
  expect(hosts.map(({ name }) => name)).toEqual(['own']);
  expect(problem?.what).toContain(join(home, '.ssh/config.d/folder'));
});

it('reads another file in its place', async () => {
  await write('.ssh/config', 'Host usual');
  await write('other', 'Host other');
  expect((await find(join(home, 'other'))).hosts).toMatchObject([{ name: 'other' }]);
});
