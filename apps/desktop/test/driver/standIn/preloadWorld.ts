import { createPreloadElectron } from './preloadElectron.ts';
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

function start(): void {
  const port = createWorldPort('preload');
  const electron = createPreloadElectron({
    send: (message) => globalThis.standInSend(JSON.stringify(message)),
    expose: (key, api) => port.expose(key, api),
  });
  globalThis.standInRequire = electron.require;
  globalThis.standInReceive = (text) => {
    const message = JSON.parse(text);
    if (message.kind === 'answer') electron.answered(message.id, message);
    else electron.pushed(message.channel, message.args);
  };
}

if (window === window.top) start();
