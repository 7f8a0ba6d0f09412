// Where the popover goes. Pure.

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Screen {
  bounds: Rect;
  workArea: Rect;
}

export const POPOVER_WIDTH = 360;
const MARGIN = 8;
/** Menu bars are at most this high; an icon whose bounds lie elsewhere is not really on the screen. */
const MENU_BAR_STRIP = 64;

/**
 * The popover's bounds: below the icon's centre, kept inside the work area of the icon's display. Where the icon is
 * hidden (behind the notch, switched off: its bounds then lie outside the top strip of every display) it is the top
 * right corner of the primary display.
 */
export function placePopover({
  icon,
  displays,
  primary,
  widthPx = POPOVER_WIDTH,
  heightPx,
}: {
  icon: Rect | null;
  displays: readonly Screen[];
  primary: Screen;
  /** Of larger text; it is kept on the screen. */
  widthPx?: number;
  heightPx: number;
}): Rect {
  const display = icon === null ? undefined : displays.find((candidate) => showsIcon(candidate, icon));
  const area = (display ?? primary).workArea;
  const width = Math.min(widthPx, area.width);
  const y = display === undefined || icon === null ? area.y + MARGIN : Math.max(area.y, icon.y + icon.height);
  const right = area.x + area.width - width;
  const x =
    display === undefined || icon === null
      ? right - MARGIN
      : clamp(icon.x + icon.width / 2 - width / 2, area.x + MARGIN, right - MARGIN);
  const height = Math.min(heightPx, area.y + area.height - y - MARGIN);
  return { x: Math.round(x), y: Math.round(y), width, height: Math.max(120, Math.round(height)) };
}

function showsIcon({ bounds }: Screen, icon: Rect): boolean {
  if (icon.width <= 0 || icon.height <= 0) return false;
  const centre = icon.x + icon.width / 2;
  return (
    centre >= bounds.x &&
    centre < bounds.x + bounds.width &&
    icon.y >= bounds.y &&
    icon.y < bounds.y + MENU_BAR_STRIP
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
