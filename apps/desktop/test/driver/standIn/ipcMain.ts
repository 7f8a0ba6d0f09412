import type * as Electron from 'electron';
import { onAct } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

type Handler = Parameters<Electron.IpcMain['handle']>[1];

const handlers = new Map<string, Handler>();

export const ipcMain = strict('ipcMain', {
  handle(channel: string, handler: Handler) {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  },
} satisfies Surface<Electron.IpcMain, 'handle'>);

/** A frame as a message's sender. */
export interface SenderFrame {
  readonly url: string;
  readonly origin: string;
}

/** Hands a message to the app's handler, as Electron does; a handler that throws rejects with Electron's words. */
export async function handleInvoke(
  channel: string,
  args: readonly unknown[],
  sender: unknown,
  senderFrame: SenderFrame | null,
): Promise<unknown> {
  const handler = handlers.get(channel);
  if (handler === undefined) {
    throw new Error(
      `Error invoking remote method '${channel}': Error: No handler registered for '${channel}'`,
    );
  }
  const event = strict(
    'IpcMainInvokeEvent',
    makeEvent({
      sender,
      senderFrame,
      frameId: 1,
      processId: 1,
      type: 'frame',
    }),
  );
  try {
    return await Reflect.apply(handler, undefined, [event, ...args]);
  } catch (error) {
    throw new Error(`Error invoking remote method '${channel}': ${String(error)}`);
  }
}

// A page that is none of the app's windows, with a URL of its own.
onAct('invoke-as-stranger', ({ channel, body }) =>
  handleInvoke(channel, [body], {}, { url: 'https://stranger.invalid/', origin: 'https://stranger.invalid' }),
);
