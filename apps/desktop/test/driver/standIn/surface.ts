// What the app imports from `electron`.

export { app } from './app.ts';
export { ipcMain } from './ipcMain.ts';
export { Menu } from './menus.ts';
export { Notification } from './notifications.ts';
export { clipboard, dialog, powerMonitor, protocol, screen, session, shell } from './system.ts';
export { nativeImage, Tray } from './trays.ts';
export { BrowserWindow } from './window.ts';
