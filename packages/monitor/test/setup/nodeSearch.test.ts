import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  chooseNode,
  compareVersions,
  type FoundNode,
  nodeInstallLine,
  parseSearch,
  SEARCH_SCRIPT,
} from '../../src/setup/nodeSearch.ts';

const node = (path: string, version: string): FoundNode => ({ path, version });

describe('the Node that is chosen', () => {
  it('is the first that is new enough', () => {
    const old = node('/usr/bin/node', 'v18.19.0');
    expect(chooseNode([])).toBeNull();
    expect(chooseNode([old])).toBeNull();
    expect(chooseNode([old, node('/usr/local/bin/node', 'v20.0.0'), node('/opt/node', 'v24.1.0')])).toEqual(
      node('/usr/local/bin/node', 'v20.0.0'),
    );
  });

  it('is the newest of one version manager', () => {
    const nvm = (version: string) => node(`/home/ada/.nvm/versions/node/${version}/bin/node`, version);
    expect(chooseNode([nvm('v16.0.0'), nvm('v20.9.0'), nvm('v22.4.1'), nvm('v22.12.0')])).toEqual(
      nvm('v22.12.0'),
    );
  });
});

it('versions are compared as numbers', () => {
  expect(compareVersions('0.10.0', '0.9.9')).toBeGreaterThan(0);
  expect(compareVersions('v20.1.0', 'v20.1.0')).toBe(0);
  expect(compareVersions('1.0.0', '1.0.1')).toBeLessThan(0);
});

describe('what a host answers', () => {
  it('is read whatever a login shell printed before it', () => {
    const system = parseSearch(
      [
        'Welcome to gpu-1!\tenjoy',
        'home\t/home/ada',
        'kernel\tLinux',
        'os\tdebian\t12',
        'tool\tapt-get\t/usr/bin/apt-get',
        'node\tv20.20.0\t/usr/bin/node',
        'node\tv20.20.0\t/usr/bin/node',
        '',
      ].join('\n'),
    );
    expect(system).toMatchObject({ home: '/home/ada', kernel: 'Linux', os: 'debian', osVersion: '12' });
    expect(system.nodes).toEqual([node('/usr/bin/node', 'v20.20.0')]);
  });

  it('gives no path that is not one, and no version that is none', () => {
    const { nodes, home } = parseSearch(
      [
        'home\trelative',
        'node\tv22.0.0\tnode',
        'node\tv22.0.0; reboot\t/usr/bin/node',
        'node\t\t/usr/bin/node',
        'node\tv22.0.0\t/usr/bin/no\u001b[31mde',
      ].join('\n'),
    );
    expect(nodes).toEqual([]);
    expect(home).toBeNull();
  });
});

describe('the line to install Node', () => {
  const line = (os: string, osVersion: string, ...tools: string[]) =>
    nodeInstallLine({
      home: '/home/ada',
      kernel: 'Linux',
      os,
      osVersion,
      tools: new Map(tools.map((tool) => [tool, `/usr/bin/${tool}`])),
      nodes: [],
    });

  it('is that of the system, where it has a Node that is new enough', () => {
    expect(line('amzn', '2023', 'dnf')).toBe('sudo dnf install -y nodejs22');
    expect(line('debian', '13', 'apt-get')).toBe('sudo apt-get install -y nodejs');
    expect(line('ubuntu', '24.04', 'apt-get', 'snap')).toContain('snap install node');
    expect(line('alpine', '3.21.0', 'apk')).toBe('sudo apk add nodejs');
  });

  it('is that of a version manager that is there, which needs no root', () => {
    expect(line('debian', '13', 'apt-get', 'nvm')).toBe('. ~/.nvm/nvm.sh && nvm install 22');
    expect(line('ubuntu', '22.04', 'snap', 'conda')).toContain('/usr/bin/conda install');
  });

  it('runs the conda that was found and nothing else, whatever its path', () => {
    const { tools } = parseSearch("tool\tconda\t/home/ada/my conda; reboot/it's/conda\n");
    const system = { home: null, kernel: 'Linux', os: '', osVersion: '', tools, nodes: [] };
    expect(nodeInstallLine(system)).toBe(
      String.raw`'/home/ada/my conda; reboot/it'\''s/conda' install -y -c conda-forge nodejs=22`,
    );
  });

  it('is not taken from a path that shows as another one than it is', () => {
    expect(parseSearch('tool\tconda\t/opt/\u202econda\nnode\tv22.0.0\t/opt/\u202enode\n')).toMatchObject({
      nodes: [],
      tools: new Map(),
    });
  });

  it('is never empty', () => {
    expect(line('debian', '12', 'apt-get', 'curl')).toContain('nvm install 22');
    expect(line('', '')).toContain('nvm install 22');
  });
});

describe('the search', () => {
  let home: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ path: home, remove } = await makeTempDir());
  });
  afterEach(() => remove());

  async function place(path: string, script: string): Promise<string> {
    const file = join(home, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  function search(path = '/usr/bin:/bin'): ReturnType<typeof parseSearch> {
    const stdout = execFileSync('/bin/sh', ['-c', SEARCH_SCRIPT], {
      env: { HOME: home, PATH: path },
      encoding: 'utf8',
    });
    return parseSearch(stdout);
  }

  it('finds Node on the PATH first, then of nvm and of conda', async () => {
    const onPath = await place('bin/node', 'echo v23.0.0');
    const nvm = await place('.nvm/versions/node/v22.1.0/bin/node', 'echo v22.1.0');
    const conda = await place('miniconda3/envs/my env/bin/node', 'echo v21.0.0');
    const system = search(`${join(home, 'bin')}:/usr/bin:/bin`);
    const own = system.nodes.filter(({ path }) => path.startsWith(home));
    expect(own).toEqual([node(onPath, 'v23.0.0'), node(nvm, 'v22.1.0'), node(conda, 'v21.0.0')]);
    expect(system.nodes[0]?.path).toBe(onPath);
    expect(system.home).toBe(home);
    expect(system.kernel).toBe('Linux');
  });

  it('is not stopped by a node that hangs, fails or prints nonsense', async () => {
    await place('.nvm/versions/node/v18.0.0/bin/node', 'exit 3');
    await place('.nvm/versions/node/v19.0.0/bin/node', 'exec sleep 600');
    await place('.nvm/versions/node/v20.0.0/bin/node', 'cat; echo "<b>v99</b>"');
    const good = await place('.nvm/versions/node/v22.0.0/bin/node', 'echo v22.0.0');
    expect(search().nodes.filter(({ path }) => path.startsWith(home))).toEqual([node(good, 'v22.0.0')]);
  });

  it('leaves nothing behind', async () => {
    search();
    expect(execFileSync('find', [home, '-mindepth', '1'], { encoding: 'utf8' })).toBe('');
  });
});
