import { expect, it } from 'vitest';
import { POPOVER_WIDTH, placePopover } from '../../src/main/popoverPlace.ts';

const primary = {
  bounds: { x: 0, y: 0, width: 1440, height: 900 },
  workArea: { x: 0, y: 25, width: 1440, height: 875 },
};
const right = {
  bounds: { x: 1440, y: -200, width: 1920, height: 1080 },
  workArea: { x: 1440, y: -175, width: 1920, height: 1055 },
};
const displays = [primary, right];

it('stands below the middle of the icon', () => {
  const icon = { x: 1000, y: 0, width: 60, height: 24 };
  expect(placePopover({ icon, displays, primary, heightPx: 400 })).toEqual({
    x: 1030 - POPOVER_WIDTH / 2,
    y: 25,
    width: POPOVER_WIDTH,
    height: 400,
  });
});

it('stays inside the display of the icon', () => {
  const icon = { x: 1410, y: 0, width: 30, height: 24 };
  expect(placePopover({ icon, displays, primary, heightPx: 400 }).x).toBe(1440 - POPOVER_WIDTH - 8);
});

it('opens on the display where the icon was clicked, also above the primary one', () => {
  const icon = { x: 2400, y: -200, width: 60, height: 24 };
  expect(placePopover({ icon, displays, primary, heightPx: 400 })).toMatchObject({ x: 2250, y: -175 });
});

it('is no higher than the display', () => {
  const icon = { x: 1000, y: 0, width: 60, height: 24 };
  const { y, height } = placePopover({ icon, displays, primary, heightPx: 5000 });
  expect(y + height).toBe(892);
});

it.each([
  ['there is no icon', null],
  ['the system has switched it off', { x: 0, y: 900, width: 32, height: 22 }],
  ['it has no size', { x: 500, y: 0, width: 0, height: 0 }],
])('goes to the top right corner when %s', (_why, icon) => {
  expect(placePopover({ icon, displays, primary, heightPx: 400 })).toMatchObject({
    x: 1440 - POPOVER_WIDTH - 8,
    y: 33,
  });
});
