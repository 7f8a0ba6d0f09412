import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import type {} from '../ownTime.cjs';
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
onAct('pace-time', ({ factor }) => globalThis.milepostTime.pace(factor));
onAct('pass-time', ({ ms }) => globalThis.milepostTime.pass(ms));
onAct('set-clock', ({ ms }) => globalThis.milepostTime.setWall(ms));

export const clipboard = strict('clipboard', {
  async writeText(text: string) {
    state.record.clipboard = text;
    state.changed();
  },
} satisfies Surface<Electron.Clipboard, 'writeText'>);

export const shell = strict('shell', {
  showItemInFolder(fullPath: string) {
    state.record.shownItems.push(fullPath);
    state.changed();
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

class StandInSession extends EventEmitter implements SessionSurface {
  private request: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null;
  private check: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null;

  setPermissionRequestHandler(handler: StandInSession['request']): void {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: StandInSession['check']): void {
    this.check = handler;
  }
  setDevicePermissionHandler(): void {}

  /** As Electron: an app that sets no handler has allowed everything. */
  allows(permission: 'geolocation' | 'media' | 'notifications' | 'clipboard-read'): boolean {
    let answered = this.request === null;
    const answer = (granted: boolean): void => {
      answered = granted;
    };
    // The handlers of this app look at neither the page nor the details.
    if (this.request !== null) Reflect.apply(this.request, undefined, [null, permission, answer, {}]);
    const checked = this.check === null || Reflect.apply(this.check, undefined, [null, permission, '', {}]);
    return answered || checked === true;
  }
}
const ownSession = new StandInSession();
export const session = strict('session', { defaultSession: strict('session.defaultSession', ownSession) });

const PERMISSIONS = [
  ['geolocation', 'geolocation'],
  ['media', 'camera'],
  ['media', 'microphone'],
  ['notifications', 'notifications'],
  ['clipboard-read', 'clipboard-read'],
] as const;
state.granted = () =>
  PERMISSIONS.filter(([permission]) => ownSession.allows(permission)).map(([, name]) => name);
state.mayDownload = () => {
  const event = makeEvent({});
  ownSession.emit('will-download', event);
  return !event.defaultPrevented;
};
