import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSettings } from '../../src/main/settings.ts';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
let temp: Awaited<ReturnType<typeof makeTempDir>>;
let path: string;
beforeEach(async () => {
  temp = await makeTempDir();
  path = join(temp.path, 'userData/settings.json');
  await mkdir(join(temp.path, 'userData'));
});
afterEach(() => temp.remove());

const good = { version: 1, hosts: [{ id: 'gpu-1', destination: 'ada@gpu-1.example.org' }] };

describe('opening', () => {
  it('makes a missing file, for its user alone, in a folder that need not be there', async () => {
    const deep = join(temp.path, 'new/settings.json');
    const settings = await openSettings(deep, NOW);
    expect(settings.notices()).toEqual([]);
    expect(JSON.parse(await readFile(deep, 'utf8'))).toEqual(settings.current());
    expect((await stat(deep)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(temp.path, 'new'))).toEqual(['settings.json']);
  });

  it('reads hosts and fills in what is left out', async () => {
    await writeFile(path, JSON.stringify(good));
    const { hosts, poll, sshConfigFile } = (await openSettings(path, NOW)).current();
    expect(hosts).toEqual([{ id: 'gpu-1', destination: 'ada@gpu-1.example.org', paths: [], watches: [] }]);
    expect(poll).toEqual({ runningSeconds: 30, watchingSeconds: 5, idleSeconds: 120 });
    expect(sshConfigFile).toBeNull();
  });

  it.each([
    ['is no JSON', '{"version": 1, "hosts": ['],
    ['is empty', ''],
    ['has no version', '{"hosts": []}'],
    [
      'names a host as an option',
      JSON.stringify({ version: 1, hosts: [{ id: 'a', destination: '-oProxyCommand=x' }] }),
    ],
    [
      'names a host with a shell in it',
      JSON.stringify({ version: 1, hosts: [{ id: 'a', destination: 'a;reboot' }] }),
    ],
    [
      'gives a host an ID that no job could carry',
      JSON.stringify({ version: 1, hosts: [{ id: '.a', destination: 'a' }] }),
    ],
    [
      'gives two hosts one ID',
      JSON.stringify({
        version: 1,
        hosts: [
          { id: 'a', destination: 'a' },
          { id: 'a', destination: 'b' },
        ],
      }),
    ],
  ])('sets a file aside that %s, and says so', async (_what, text) => {
    await writeFile(path, text);
    const settings = await openSettings(path, NOW);
    expect(settings.current().hosts).toEqual([]);
    const [notice] = settings.notices();
    expect(notice?.kind).toBe('settings-damaged');
    expect(notice?.what).toContain(path);
    const aside = 'settings.json.damaged-2026-11-23T12-00-00.000Z';
    expect(notice?.next).toContain(aside);
    expect(await readFile(join(temp.path, 'userData', aside), 'utf8')).toBe(text);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1, hosts: [] });
  });

  it('leaves a newer file alone and says to update', async () => {
    const text = JSON.stringify({ version: 2, hosts: 'something else' });
    await writeFile(path, text);
    const settings = await openSettings(path, NOW);
    expect(settings.notices()).toMatchObject([
      { kind: 'settings-newer', what: expect.stringContaining('newer') },
    ]);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readdir(join(temp.path, 'userData'))).toEqual(['settings.json']);
  });

  it('leaves alone what it cannot open', async () => {
    await mkdir(path);
    const settings = await openSettings(path, NOW);
    expect(settings.notices()).toMatchObject([{ kind: 'settings-unreadable' }]);
    expect((await stat(path)).isDirectory()).toBe(true);
  });
});

describe('reloading', () => {
  it('takes over what a person changed, once', async () => {
    const settings = await openSettings(path, NOW);
    await writeFile(path, JSON.stringify(good));
    expect(await settings.reload()).toBe(true);
    expect(settings.current().hosts).toHaveLength(1);
    expect(await settings.reload()).toBe(false);
  });

  it('keeps the settings and the file while the file is wrong, and says why until it is mended', async () => {
    await writeFile(path, JSON.stringify(good));
    const settings = await openSettings(path, NOW);
    await writeFile(path, '{"version": 1, "hosts": [}');
    expect(await settings.reload()).toBe(false);
    expect(settings.current().hosts).toHaveLength(1);
    expect(settings.notices()).toMatchObject([
      { kind: 'settings-unreadable', what: expect.stringContaining('not JSON') },
    ]);
    expect(await readFile(path, 'utf8')).toBe('{"version": 1, "hosts": [}');
    await writeFile(path, JSON.stringify(good));
    await settings.reload();
    expect(settings.notices()).toEqual([]);
  });
});

describe('a change', () => {
  it('is written with what a person edited meanwhile, one change after the other', async () => {
    await writeFile(path, JSON.stringify(good));
    const settings = await openSettings(path, NOW);
    await writeFile(path, JSON.stringify({ ...good, poll: { runningSeconds: 7 } }));
    const turn = (state: 'on' | 'off') =>
      settings.change((before) => ({ ...before, alerts: { ...before.alerts, state } }));
    expect(await Promise.all([turn('off'), turn('on')])).toEqual([null, null]);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      hosts: good.hosts,
      poll: { runningSeconds: 7 },
      alerts: { state: 'on' },
    });
    expect(settings.current().alerts.state).toBe('on');
    expect(await readdir(join(temp.path, 'userData'))).toEqual(['settings.json']);
  });

  it.each([
    ['damaged', '{"version":1,', 'settings-unreadable'],
    ['newer', '{"version":99}', 'settings-newer'],
  ])('never writes over a file that is %s', async (_what, text, kind) => {
    await writeFile(path, JSON.stringify(good));
    const settings = await openSettings(path, NOW);
    await writeFile(path, text);
    expect(await settings.change((before) => ({ ...before, hosts: [] }))).toMatchObject({ kind });
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(settings.current().hosts).toHaveLength(1);
  });
});
