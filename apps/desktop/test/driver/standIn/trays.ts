import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type * as Electron from 'electron';
import { asStandInMenu, popUp } from './menus.ts';
import { onAct, state } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

class StandInImage implements Surface<Electron.NativeImage, 'setTemplateImage' | 'isEmpty'> {
  readonly path: string;
  template = false;
  constructor(path: string) {
    this.path = path;
  }
  setTemplateImage(option: boolean): void {
    this.template = option;
  }
  isEmpty(): boolean {
    return this.path === '';
  }
}

function makeImage(path: string): Electron.NativeImage {
  return strict('NativeImage', new StandInImage(path)) as unknown as Electron.NativeImage;
}

export const nativeImage = strict('nativeImage', {
  // Electron gives an empty image for a path that is not there.
  createFromPath: (path: string) => makeImage(existsSync(path) ? path : ''),
  createEmpty: () => makeImage(''),
} satisfies Surface<typeof Electron.nativeImage, 'createFromPath' | 'createEmpty'>);

function imageName(image: Electron.NativeImage | string): string {
  if (!(image instanceof StandInImage) || !image.template) {
    throw new Error('A menu-bar icon has to be a template image.');
  }
  if (image.isEmpty()) throw new Error('A menu-bar icon must not be empty: is its file there?');
  return basename(image.path);
}

type TraySurface = Surface<
  Electron.Tray,
  | 'setImage'
  | 'setTitle'
  | 'setToolTip'
  | 'setIgnoreDoubleClickEvents'
  | 'popUpContextMenu'
  | 'getBounds'
  | 'isDestroyed'
  | 'destroy'
>;

// Weak, as the system's own: an app that lets go of its icon loses it.
let live: WeakRef<StandInTray> | undefined;

class StandInTray extends EventEmitter implements TraySurface {
  title = '';
  tooltip = '';
  image: string;
  titleChanges = 0;
  private destroyed = false;

  constructor(image: Electron.NativeImage | string, guid?: string) {
    super();
    if (guid !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid)) {
      throw new Error('A tray GUID has to be a UUID.');
    }
    this.image = imageName(image);
    live = new WeakRef(this);
  }
  setImage(image: Electron.NativeImage | string): void {
    this.image = imageName(image);
    state.changed();
  }
  setTitle(title: string, options?: Electron.TitleOptions): void {
    if (options?.fontType !== 'monospacedDigit') throw new Error('A title without its font jumps about.');
    this.title = title;
    this.titleChanges += 1;
    state.changed();
  }
  setToolTip(toolTip: string): void {
    this.tooltip = toolTip;
    state.changed();
  }
  setIgnoreDoubleClickEvents(_ignore: boolean): void {}
  popUpContextMenu(menu?: Electron.Menu): void {
    popUp(asStandInMenu(menu));
  }
  getBounds(): Electron.Rectangle {
    return { x: 1100, y: 0, width: 60, height: 24 };
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

export const Tray = new Proxy(StandInTray, {
  construct: (target, [image, guid]) => strict('Tray', new target(image, guid)),
});

function tray(): StandInTray {
  const found = live?.deref();
  if (found === undefined || found.isDestroyed()) throw new Error('There is no menu-bar icon.');
  return found;
}

state.tray = () => {
  const found = live?.deref();
  if (found === undefined || found.isDestroyed()) return null;
  const { title, tooltip, image, titleChanges } = found;
  return { title, tooltip, image, titleChanges };
};
onAct('click-tray', () => tray().emit('click', makeEvent({}), tray().getBounds(), { x: 1110, y: 10 }));
onAct('right-click-tray', () => tray().emit('right-click', makeEvent({}), tray().getBounds()));
