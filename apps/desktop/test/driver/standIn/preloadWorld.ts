import type * as Electron from 'electron';
import { type Surface, strict } from './strict.ts';
import { decode, encode } from './wireValue.ts';
import { createWorldPort } from './worldPort.ts';

// The isolated world of a page, where the preload runs: no Node, and of Electron what a sandboxed preload may have.

declare global {
  /** Puts text on the way to main; made by the stand-in. */
  var standInSend: (text: string) => void;
  /** Main's way in. */
  var standInReceive: (text: string) => void;
  /** What the preload finds as `require`. */
  var standInRequire: (name: string) => unknown;
}

type Listener = Parameters<Electron.IpcRenderer['on']>[1];

function start(): void {
  const port = createWorldPort('preload');
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const listeners = new Map<string, Set<Listener>>();
  let lastId = 0;

  const ipcRenderer = {
    invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      lastId += 1;
      const id = lastId;
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      globalThis.standInSend(JSON.stringify({ id, channel, args: args.map((arg) => encode(arg)) }));
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
    exposeInMainWorld: (key: string, api: unknown) => port.expose(key, api),
  } satisfies Surface<Electron.ContextBridge, 'exposeInMainWorld'>;
  const electron = strict('electron (in a preload)', {
    contextBridge: strict('contextBridge', contextBridge),
    ipcRenderer: strict('ipcRenderer', { ...ipcRenderer, ...subscriptions }),
  });

  globalThis.standInRequire = (name) => {
    if (name === 'electron') return electron;
    throw new Error(`module not found: ${name} (a sandboxed preload has only electron)`);
  };
  globalThis.standInReceive = (text) => {
    const message = JSON.parse(text);
    if (message.kind === 'answer') {
      const promise = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error === undefined) promise?.resolve(decode(message.value));
      else promise?.reject(new Error(message.error));
      return;
    }
    for (const listener of listeners.get(message.channel) ?? []) {
      // The app strips the event; a listener that touched it would find nothing here.
      Reflect.apply(listener, undefined, [
        strict('IpcRendererEvent', {}),
        ...message.args.map((arg: unknown) => decode(arg)),
      ]);
    }
  };
}

if (window === window.top) start();
