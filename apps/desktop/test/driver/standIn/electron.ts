// In place of the module `electron`, for tests of the built bundles where Electron's binary is not. It implements what
// the app uses and throws on everything else. As the process's entry it starts the app's main bundle.

import { pathToFileURL } from 'node:url';
import { standInApp } from './app.ts';
import { type Recorded, requestSchema } from './control.ts';
import { state } from './state.ts';

export { app } from './app.ts';
export { ipcMain } from './ipcMain.ts';
export { Menu } from './menus.ts';
export { Notification } from './notifications.ts';
export { clipboard, dialog, powerMonitor, protocol, screen, session, shell } from './system.ts';
export { nativeImage, Tray } from './trays.ts';
export { BrowserWindow } from './window.ts';

function say(message: unknown): void {
  if (process.connected) process.send?.(message);
}

function recorded(): Recorded {
  return { ...state.record, tray: state.tray(), windows: state.windows() };
}

process.on('message', (raw) => {
  const { id, act } = requestSchema.parse(raw);
  const action = act.kind === 'record' ? recorded : state.actions.get(act.kind);
  Promise.resolve()
    .then(() => {
      if (action === undefined) throw new Error(`The stand-in cannot do ${act.kind}.`);
      return action(act);
    })
    .then(
      (value) => say({ kind: 'answer', id, value: value === undefined ? null : value }),
      (error: unknown) =>
        say({ kind: 'error', id, message: error instanceof Error ? error.message : String(error) }),
    );
});
// A test that dies leaves no app behind.
process.on('disconnect', () => standInApp.exit(1));

const mainBundle = process.argv[2];
if (mainBundle === undefined) throw new Error('The stand-in needs the path of the main bundle.');

standInApp.on('web-contents-created', (_event, contents) => {
  contents.once('did-finish-load', () => say({ kind: 'started' }));
});

import(pathToFileURL(mainBundle).href).then(
  () => standInApp.start(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
