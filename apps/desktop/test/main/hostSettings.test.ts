import { describe, expect, it } from 'vitest';
import {
  newHostId,
  typedCommand,
  typedDestination,
  typedWatch,
  withHost,
  withoutHost,
  withoutWatch,
  withResumeCommand,
  withWatch,
} from '../../src/main/hostSettings.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from '../../src/main/settingsSchema.ts';

function settingsWith(...destinations: string[]): Settings {
  return destinations.reduce<Settings>((settings, destination) => {
    const changed = withHost(settings, destination, null);
    if (changed.kind !== 'ok') throw new Error(changed.what);
    return changed.value;
  }, DEFAULT_SETTINGS);
}

const file = { path: '/data/PROGRESS.txt', resumeCommand: null };

describe('a host that is added', () => {
  it('gets an ID of its own that the settings take', () => {
    const { hosts } = settingsWith('gpu-1', 'ada@gpu-1', 'ubuntu@10.0.3.17', 'ada@[fe80::1]', '_odd_');
    expect(hosts.map(({ id }) => id)).toEqual(['gpu-1', 'gpu-1-2', '10.0.3.17', 'fe80-1-', 'odd_']);
    expect(() => settingsSchema.parse({ ...DEFAULT_SETTINGS, hosts })).not.toThrow();
  });

  it.each(['x'.repeat(200), '日本', '...', '-', 'a%b'])('gets a plain ID also of %j', (destination) => {
    expect(newHostId(destination, [])).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/);
  });

  it('twice is one host, and its watch is added to the first', () => {
    const once = settingsWith('gpu-1');
    expect(withHost(once, 'gpu-1', null)).toEqual({ kind: 'ok', value: once });
    const twice = withHost(once, 'gpu-1', file);
    expect(twice.kind === 'ok' && twice.value.hosts).toMatchObject([{ id: 'gpu-1', watches: [file] }]);
  });

  it('beyond what the file may hold is told', () => {
    const full = settingsWith(...Array.from({ length: 200 }, (_, index) => `gpu-${index}`));
    expect(withHost(full, 'one-more', null)).toEqual({ kind: 'wrong', what: 'full' });
  });
});

describe('watches', () => {
  it('are added, replaced and removed by their key', () => {
    const start = settingsWith('gpu-1');
    const [host] = start.hosts;
    if (host === undefined) throw new Error('No host.');
    const old: Settings = { ...start, hosts: [{ ...host, paths: ['/data/PROGRESS.txt', '/other'] }] };
    const changed = withWatch(old, 'gpu-1', { ...file, resumeCommand: 'sh go.sh' });
    const next = changed.kind === 'ok' ? changed.value : old;
    expect(next.hosts).toMatchObject([
      { paths: ['/other'], watches: [{ path: '/data/PROGRESS.txt', resumeCommand: 'sh go.sh' }] },
    ]);
    expect(withoutWatch(next, 'gpu-1:/data/PROGRESS.txt').hosts).toMatchObject([
      { paths: ['/other'], watches: [] },
    ]);
    expect(withoutWatch(next, 'gpu-1:/other').hosts).toMatchObject([{ paths: [] }]);
    expect(withoutWatch(next, 'gpu-2:/other')).toEqual(next);
    expect(withoutHost(next, 'gpu-1').hosts).toEqual([]);
  });
});

describe('what a person types', () => {
  it.each([
    ['gpu-1', 'gpu-1'],
    ['  ada@gpu-1 ', 'ada@gpu-1'],
    ['ssh ada@gpu-1', 'ada@gpu-1'],
    // Left as it is: that it can't be used is said by whoever connects.
    ['ssh -i key ada@gpu-1', 'ssh -i key ada@gpu-1'],
    ['ada@[fe80::1]', 'ada@[fe80::1]'],
  ])('%j as a host is %j', (text, value) => {
    expect(typedDestination(text)).toEqual({ kind: 'ok', value });
  });

  it.each(['gpu-1:2222', 'ada@10.0.3.17:22'])('with a port (%s) is told where a port belongs', (text) => {
    expect(typedDestination(text)).toEqual({ kind: 'wrong', what: 'port' });
  });

  it('as a path and a command is trimmed, and nothing is nothing', () => {
    expect(typedWatch({ path: ' ~/results ', resumeCommand: ' python a.py --resume ' })).toEqual({
      kind: 'ok',
      value: { path: '~/results', resumeCommand: 'python a.py --resume' },
    });
    expect(typedWatch({ path: ' ', resumeCommand: '' })).toEqual({ kind: 'ok', value: null });
    expect(typedWatch({ path: '/a', resumeCommand: '' })).toMatchObject({ value: { resumeCommand: null } });
  });

  it.each([
    [{ path: '', resumeCommand: 'go' }, 'path'],
    [{ path: '/a\n/b', resumeCommand: '' }, 'path'],
    [{ path: '~ada/results', resumeCommand: '' }, 'path'],
    [{ path: '/a\u202eb', resumeCommand: '' }, 'path'],
    [{ path: '/a', resumeCommand: 'one\ntwo' }, 'command'],
    [{ path: '/a', resumeCommand: 'echo \u001b[2J' }, 'command'],
  ])('%j is refused for its %s', (typed, what) => {
    expect(typedWatch(typed)).toEqual({ kind: 'wrong', what });
  });
});

it('the command of a watch is another by its key, whichever list the file has it in', () => {
  const start = settingsWith('gpu-1');
  const [host] = start.hosts;
  if (host === undefined) throw new Error('No host.');
  const old: Settings = { ...start, hosts: [{ ...host, paths: ['/own'] }] };
  const changed = withResumeCommand(old, 'gpu-1:/own', 'sh go.sh');
  expect(changed).toMatchObject({
    value: { hosts: [{ paths: [], watches: [{ path: '/own', resumeCommand: 'sh go.sh' }] }] },
  });
  expect(withResumeCommand(old, 'gpu-1:/other', 'sh go.sh')).toEqual({ kind: 'ok', value: old });
  expect(typedCommand('  ')).toEqual({ kind: 'ok', value: null });
});
