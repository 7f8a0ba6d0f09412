import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import type { PowerEvent } from './control.ts';
import { onAct, type ProtocolHandler, state } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

// The small parts of Electron: screen, power, clipboard, shell, protocol, session.

const area = { x: 0, y: 0, width: 1280, height: 800 };
const workArea = { x: 0, y: 24, width: 1280, height: 776 };
const display = {
  id: 1,
  label: 'stand-in',
  bounds: area,
  workArea,
  size: { width: area.width, height: area.height },
  workAreaSize: { width: workArea.width, height: workArea.height },
  scaleFactor: state.deviceScaleFactor,
} satisfies Partial<Electron.Display>;

class StandInScreen extends EventEmitter {
  getPrimaryDisplay(): typeof display {
    return display;
  }
  getAllDisplays(): (typeof display)[] {
    return [display];
  }
}
export const screen = strict('screen', new StandInScreen());

class StandInPower
  extends EventEmitter
  implements Surface<Electron.PowerMonitor, 'isOnBatteryPower' | 'getSystemIdleState'>
{
  private onBattery = false;
  private locked = false;

  isOnBatteryPower(): boolean {
    return this.onBattery;
  }
  getSystemIdleState(_idleThreshold: number): 'active' | 'locked' {
    return this.locked ? 'locked' : 'active';
  }
  tell(event: PowerEvent): void {
    if (event === 'on-battery' || event === 'on-ac') this.onBattery = event === 'on-battery';
    if (event === 'lock-screen' || event === 'unlock-screen') this.locked = event === 'lock-screen';
    this.emit(event, makeEvent({}));
  }
}
const power = new StandInPower();
export const powerMonitor = strict('powerMonitor', power);
onAct('power', ({ event }) => power.tell(event));

export const clipboard = strict('clipboard', {
  async writeText(text: string) {
    state.record.clipboard = text;
  },
} satisfies Surface<Electron.Clipboard, 'writeText'>);

export const shell = strict('shell', {
  showItemInFolder(fullPath: string) {
    state.record.shownItems.push(fullPath);
  },
} satisfies Surface<Electron.Shell, 'showItemInFolder'>);

export const dialog = strict('dialog', {
  async showOpenDialog(options: Electron.OpenDialogOptions) {
    if (options.properties?.includes('openDirectory') !== true) throw new Error('Only folders are chosen.');
    const { folder } = state;
    return { canceled: folder === null, filePaths: folder === null ? [] : [folder] };
  },
});
onAct('answer-dialog', ({ folder }) => {
  state.folder = folder;
});

let registered: Electron.CustomScheme[] | undefined;
export const protocol = strict('protocol', {
  registerSchemesAsPrivileged(customSchemes: Electron.CustomScheme[]) {
    if (registered !== undefined) throw new Error('Privileged schemes can be registered once only.');
    registered = customSchemes;
  },
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>) {
    const privileges = registered?.find((candidate) => candidate.scheme === scheme)?.privileges;
    if (privileges?.standard !== true || privileges.secure !== true) {
      throw new Error(`${scheme} has to be registered as a standard, secure scheme before it is handled.`);
    }
    if (privileges.bypassCSP === true) throw new Error('A scheme that bypasses CSP is not safe.');
    state.protocols.set(scheme, handler as ProtocolHandler);
  },
});

type SessionSurface = Surface<
  Electron.Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
>;
/** Chromium without a head refuses every permission by itself; that the app refuses too is kept for the test. */
export const permissionHandlers = { request: false, check: false, device: false };
const defaultSession = strict('session.defaultSession', {
  setPermissionRequestHandler(handler) {
    permissionHandlers.request = handler !== null;
  },
  setPermissionCheckHandler(handler) {
    permissionHandlers.check = handler !== null;
  },
  setDevicePermissionHandler(handler) {
    permissionHandlers.device = handler !== null;
  },
} satisfies SessionSurface);
export const session = strict('session', { defaultSession });
