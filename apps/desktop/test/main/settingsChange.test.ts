import { expect, it } from 'vitest';
import { settingsView, withChange } from '../../src/main/settingsChange.ts';
import { DEFAULT_SETTINGS } from '../../src/main/settingsSchema.ts';

it('a change leaves what it does not name', () => {
  const poll = { runningSeconds: 15, watchingSeconds: 1, idleSeconds: 7 };
  const before = { ...DEFAULT_SETTINGS, poll, sshConfigFile: '/etc/other' };
  const after = withChange(before, { runningSeconds: 60, menuBar: 'icon' });
  expect(after).toEqual({ ...before, menuBar: 'icon', poll: { ...poll, runningSeconds: 60 } });
  expect(withChange(before, {})).toEqual(before);
  expect(withChange(before, { paused: true, textPercent: 150 })).toMatchObject({
    paused: true,
    textPercent: 150,
  });
});

it('the view names hosts and watches by keys, cleaned, and holds no file of this machine', () => {
  const host = {
    id: 'gpu-1',
    destination: 'ada@gpu-1',
    paths: ['/data/a\u001b[31mb'],
    watches: [{ path: '~/run', resumeCommand: 'sh go.sh' }],
  };
  const view = settingsView({ ...DEFAULT_SETTINGS, hosts: [host], knownHostsFile: '/home/ada/secret' }, 'on');
  expect(view.hosts).toEqual([
    {
      id: 'gpu-1',
      name: 'ada@gpu-1',
      watches: [
        { key: 'gpu-1:~/run', path: '~/run', resumeCommand: 'sh go.sh' },
        { key: 'gpu-1:/data/a\u001b[31mb', path: '/data/ab', resumeCommand: null },
      ],
    },
  ]);
  expect(JSON.stringify(view)).not.toContain('secret');
});
