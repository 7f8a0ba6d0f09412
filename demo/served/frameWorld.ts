import '../../apps/desktop/src/preload/withoutEval.ts';
import type * as Electron from 'electron';
import { type Surface, strict } from '../../apps/desktop/test/driver/standIn/strict.ts';
import { decode, encode } from '../../apps/desktop/test/driver/standIn/wireValue.ts';
import { invokeAnswerSchema, pushSchema } from './scene.ts';

// In the popover's frame, before its first script: what its preload finds as `electron`. Messages go by the page around
// it, since the popover's own content security policy lets it connect to nothing.

declare global {
  /** What the preload finds as `require`. */
  var demoRequire: (name: string) => unknown;
}

type Listener = Parameters<Electron.IpcRenderer['on']>[1];

const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
const listeners = new Map<string, Set<Listener>>();
let lastId = 0;

const ipcRenderer = {
  invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    lastId += 1;
    const id = lastId;
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    window.parent.postMessage({ id, channel, args: args.map((arg) => encode(arg)) }, window.location.origin);
    return answer;
  },
} satisfies Surface<Electron.IpcRenderer, 'invoke'>;
const subscriptions = {
  on(channel: string, listener: Listener): void {
    listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener));
  },
  off(channel: string, listener: Listener): void {
    listeners.get(channel)?.delete(listener);
  },
};
const contextBridge = {
  exposeInMainWorld(key: string, api: unknown): void {
    Object.defineProperty(window, key, { value: api, enumerable: true });
  },
} satisfies Surface<Electron.ContextBridge, 'exposeInMainWorld'>;
const electron = strict('electron (in a preload)', {
  contextBridge: strict('contextBridge', contextBridge),
  ipcRenderer: strict('ipcRenderer', { ...ipcRenderer, ...subscriptions }),
});

globalThis.demoRequire = (name) => {
  if (name === 'electron') return electron;
  throw new Error(`module not found: ${name} (a sandboxed preload has only electron)`);
};

window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== window.parent || origin !== window.location.origin) return;
  const push = pushSchema.safeParse(data);
  if (push.success) {
    for (const listener of listeners.get(push.data.channel) ?? []) {
      Reflect.apply(listener, undefined, [
        strict('IpcRendererEvent', {}),
        ...push.data.args.map((arg) => decode(arg)),
      ]);
    }
    return;
  }
  const id = Number(Reflect.get(Object(data), 'id'));
  const asked = waiting.get(id);
  waiting.delete(id);
  const answer = invokeAnswerSchema.parse(Reflect.get(Object(data), 'answer'));
  if ('error' in answer) asked?.reject(new Error(answer.error));
  else asked?.resolve(decode(answer.value));
});
