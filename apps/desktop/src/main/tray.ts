import { join } from 'node:path';
import { Menu, type MenuItemConstructorOptions, nativeImage, type Rectangle, Tray } from 'electron';
import { ICON_STATES, type IconState, type TrayFace } from './trayTitle.ts';

/** macOS keeps the icon's place in the menu bar under this name. */
const TRAY_GUID = '6b1c2f0e-6f0c-4c0e-9a52-0d2f5b6a7c11';

export interface TrayIcon {
  show(face: TrayFace): void;
  bounds(): Rectangle | null;
}

/** File name of a state's icon, unhashed: macOS takes `...Template.png` as a template and finds its `@2x` beside it. */
export function iconFile(state: IconState): string {
  return `tray${state[0]?.toUpperCase()}${state.slice(1)}Template.png`;
}

/**
 * The menu-bar icon. Title, image and tooltip are set only when they change: each call makes the system draw anew.
 * `menu` is asked for its items at every right click.
 */
export function createTray(deps: {
  iconFolder: string;
  first: TrayFace;
  toggle(): void;
  menu(): MenuItemConstructorOptions[];
}): TrayIcon {
  const images = new Map(
    ICON_STATES.map((state) => {
      const image = nativeImage.createFromPath(join(deps.iconFolder, iconFile(state)));
      image.setTemplateImage(true);
      return [state, image] as const;
    }),
  );
  const imageOf = (state: IconState) => images.get(state) ?? nativeImage.createEmpty();

  const tray = new Tray(imageOf(deps.first.icon), TRAY_GUID);
  let shown: Partial<TrayFace> = { icon: deps.first.icon };
  tray.setIgnoreDoubleClickEvents(true);
  tray.on('click', () => deps.toggle());
  // Not setContextMenu: it would open the menu on the left click too.
  tray.on('right-click', () => tray.popUpContextMenu(Menu.buildFromTemplate(deps.menu())));

  function show(face: TrayFace): void {
    if (face.icon !== shown.icon) tray.setImage(imageOf(face.icon));
    if (face.title !== shown.title) tray.setTitle(face.title, { fontType: 'monospacedDigit' });
    if (face.tooltip !== shown.tooltip) tray.setToolTip(face.tooltip);
    shown = face;
  }
  show(deps.first);
  return {
    show,
    bounds: () => (tray.isDestroyed() ? null : tray.getBounds()),
  };
}
