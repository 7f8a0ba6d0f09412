import type * as Electron from 'electron';
import { onAct, state } from './state.ts';
import { makeEvent, type Surface, strict } from './strict.ts';

type Item = Electron.MenuItemConstructorOptions;

export class StandInMenu {
  readonly items: Item[];
  constructor(items: Item[]) {
    this.items = items;
  }
  /** The menu that the person sees now. */
  static open: StandInMenu | undefined;
  static application: StandInMenu | undefined;
}

export function popUp(menu: StandInMenu): void {
  StandInMenu.open = menu;
  state.record.menu = menu.items.map((item) => item.label ?? item.role ?? item.type ?? '');
  state.changed();
}

/** Electron's own menus are what the app passes around; ours go under their type and come back by this check. */
export function asStandInMenu(menu: unknown): StandInMenu {
  if (menu instanceof StandInMenu) return menu;
  throw new Error('The stand-in got a menu that it did not build.');
}

const menuStatics = {
  buildFromTemplate: (template: (Electron.MenuItemConstructorOptions | Electron.MenuItem)[]) =>
    strict('Menu', new StandInMenu(template as Item[])) as unknown as Electron.Menu,
  setApplicationMenu: (menu: Electron.Menu | null) => {
    StandInMenu.application = menu === null ? undefined : asStandInMenu(menu);
  },
} satisfies Surface<typeof Electron.Menu, 'buildFromTemplate' | 'setApplicationMenu'>;

export const Menu = strict('Menu', menuStatics);

onAct('click-menu', ({ label }) => {
  const item = StandInMenu.open?.items.find((candidate) => candidate.label === label);
  if (item?.click === undefined) throw new Error(`The open menu has no "${label}".`);
  Reflect.apply(item.click, undefined, [item, undefined, makeEvent({})]);
});
