import type { IpcMainInvokeEvent } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { pushes, requests } from '../../src/bridge.ts';
import { type Handlers, registerIpc } from '../../src/main/ipc.ts';

const frame = { origin: 'app://milepost' };
const reached: string[] = [];
const handlers: Handlers = {
  ready: () => {
    throw new Error('not asked here');
  },
  resume: ({ jobKey, confirmed }) => {
    reached.push(`resume ${jobKey} ${confirmed}`);
    return { kind: 'done' };
  },
  stopJob: () => ({ kind: 'done' }),
  readLog: () => ({ kind: 'lines', lines: [], cut: false }),
  readCheckpoints: () => ({ kind: 'checkpoints', newest: [], count: 0, bytes: 0 }),
  readRuns: () => [],
  fetchFiles: () => null,
  cancelFetch: () => null,
  dismiss: () => ({ kind: 'saved' }),
  copyPath: () => null,
  copyDiagnostics: () => null,
  pollNow: () => null,
  hide: () => {
    reached.push('hide');
    return null;
  },
  fitHeight: () => null,
  copyFirstCommand: () => null,
  showSettingsFile: () => null,
  changeSettings: () => ({ kind: 'saved' }),
  testAlert: () => 'shown',
  resetSettings: () => ({ kind: 'saved' }),
  removeHost: () => ({ kind: 'saved' }),
  addWatch: () => ({ kind: 'saved' }),
  removeWatch: () => ({ kind: 'saved' }),
  setResumeCommand: () => ({ kind: 'saved' }),
  findHosts: () => ({ hosts: [], problem: null }),
  startSetup: () => ({ kind: 'saved' }),
  retrySetup: () => null,
  installAgent: () => null,
  copyInstallLine: () => null,
  addHost: () => ({ kind: 'saved' }),
  endSetup: () => null,
  trustHostKey: () => null,
  givePassphrase: () => null,
};

type Listener = (event: IpcMainInvokeEvent, ...args: unknown[]) => Promise<unknown>;
const listeners = new Map<string, Listener>();

function invoke(channel: string, senderFrame: unknown, ...args: unknown[]): Promise<unknown> {
  const listener = listeners.get(channel);
  if (listener === undefined) throw new Error(`${channel} has no handler`);
  // Only the sender's frame is looked at.
  return listener({ senderFrame } as IpcMainInvokeEvent, ...args);
}

beforeEach(() => {
  reached.length = 0;
  listeners.clear();
  registerIpc({ handle: (channel, listener) => listeners.set(channel, listener) }, () => frame, handlers);
});

it('has a handler for every channel of the bridge', () => {
  expect([...listeners.keys()].sort()).toEqual(
    Object.values(requests)
      .map(({ channel }) => channel)
      .sort(),
  );
});

it('names each channel once', () => {
  const names = [...Object.values(requests), ...Object.values(pushes)].map(({ channel }) => channel);
  expect(new Set(names).size).toBe(names.length);
});

it('answers the popover', async () => {
  const { channel } = requests.resume;
  expect(await invoke(channel, frame, { jobKey: 'a/b', confirmed: false })).toEqual({ kind: 'done' });
  expect(reached).toEqual(['resume a/b false']);
});

describe('refuses', () => {
  it.each([
    ['no frame', null],
    ['another frame of the same origin', { origin: 'app://milepost' }],
    ['a stranger', { origin: 'https://milepost' }],
  ])('a message from %s', async (_who, sender) => {
    await expect(invoke(requests.hide.channel, sender, null)).rejects.toThrow('not the popover');
    expect(reached).toEqual([]);
  });

  it.each(['app://milepost.evil', 'app://milepost:80', 'app://', 'null', 'APP://MILEPOST'])(
    'the popover\u2019s own frame while it is at %s',
    async (origin) => {
      listeners.clear();
      const moved = { origin };
      registerIpc({ handle: (channel, listener) => listeners.set(channel, listener) }, () => moved, handlers);
      await expect(invoke(requests.hide.channel, moved, null)).rejects.toThrow('not the popover');
    },
  );

  it.each([
    ['nothing', []],
    ['a command in place of a key', [{ command: 'rm -rf /' }]],
    ['a key that is no text', [{ jobKey: ['a'], confirmed: false }]],
    ['an empty key', [{ jobKey: '', confirmed: false }]],
    ['a second argument', [{ jobKey: 'a/b', confirmed: false }, 'more']],
  ])('%s', async (_what, args) => {
    await expect(invoke(requests.resume.channel, frame, ...args)).rejects.toThrow(
      'does not fit its contract',
    );
    expect(reached).toEqual([]);
  });
});
