// An app of the same kind that does nothing, for what the stand-in itself takes: one sandboxed window with one page.

import { join } from 'node:path';
import { app, BrowserWindow, protocol } from 'electron';

app.requestSingleInstanceLock();
app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);
app.whenReady().then(() => {
  protocol.handle('app', () => new Response('<p>Empty', { headers: { 'content-type': 'text/html' } }));
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      preload: join(import.meta.dirname, 'emptyPreload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    },
  });
  return window.loadURL('app://milepost/index.html');
});
