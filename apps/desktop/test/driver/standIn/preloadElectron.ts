import type * as Electron from 'electron';
import { type Surface, strict } from './strict.ts';
import { decode, encode } from './wireValue.ts';

// What a sandboxed preload may have of Electron, wherever the page is shown: the way to main is whoever's who shows it.

type Listener = Parameters<Electron.IpcRenderer['on']>[1];

export interface PreloadElectron {
  /** What the preload finds as `require`. */
  require(name: string): unknown;
  /** Main's answer to a message; `error`: its words, in place of a value. */
  answered(id: number, answer: { value: unknown } | { error: string }): void;
  /** A message of main's; values as `encode` made them. */
  pushed(channel: string, args: readonly unknown[]): void;
}

export function createPreloadElectron(deps: {
  /** Puts a message on its way to main; values as `encode` makes them. */
  send(message: { id: number; channel: string; args: unknown[] }): void;
  /** Gives the page `window[key]`. */
  expose(key: string, api: unknown): void;
}): PreloadElectron {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const listeners = new Map<string, Set<Listener>>();
  let lastId = 0;

  const ipcRenderer = {
    invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      lastId += 1;
      const id = lastId;
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      deps.send({ id, channel, args: args.map((arg) => encode(arg)) });
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
    exposeInMainWorld: (key: string, api: unknown) => deps.expose(key, api),
  } satisfies Surface<Electron.ContextBridge, 'exposeInMainWorld'>;
  const electron = strict('electron (in a preload)', {
    contextBridge: strict('contextBridge', contextBridge),
    ipcRenderer: strict('ipcRenderer', { ...ipcRenderer, ...subscriptions }),
  });

  return {
    require(name) {
      if (name === 'electron') return electron;
      throw new Error(`module not found: ${name} (a sandboxed preload has only electron)`);
    },
    answered(id, answer) {
      const promise = waiting.get(id);
      waiting.delete(id);
      if ('error' in answer) promise?.reject(new Error(answer.error));
      else promise?.resolve(decode(answer.value));
    },
    pushed(channel, args) {
      for (const listener of listeners.get(channel) ?? []) {
        // The app strips the event; a listener that touched it would find nothing here.
        Reflect.apply(listener, undefined, [
          strict('IpcRendererEvent', {}),
          ...args.map((arg) => decode(arg)),
        ]);
      }
    },
  };
}
