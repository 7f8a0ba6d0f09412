import type { LoginItemSettings } from 'electron';
import { expect, it } from 'vitest';
import { createLoginItem } from '../../src/main/loginItem.ts';

function system(status: LoginItemSettings['status'] | undefined) {
  const asked: unknown[] = [];
  const held = { status };
  return {
    held,
    asked,
    getLoginItemSettings: () => ({ status: held.status }) as LoginItemSettings,
    setLoginItemSettings: (settings: unknown) => void asked.push(settings),
  };
}

it.each([
  ['enabled', 'on'],
  ['requires-approval', 'needs-approval'],
  ['not-registered', 'off'],
  ['not-found', 'off'],
  [undefined, 'unavailable'],
] as const)('what the system says (%s) is %s', (status, state) => {
  expect(createLoginItem(system(status)).state()).toBe(state);
});

it('is asked of the system, and what that made of it is read back', () => {
  const app = system('not-registered');
  const item = createLoginItem(app);
  app.held.status = 'requires-approval';
  item.set(true);
  expect(app.asked).toEqual([{ openAtLogin: true }]);
  expect(item.state()).toBe('needs-approval');
  // The person has approved it in the system's own settings.
  app.held.status = 'enabled';
  expect(item.state()).toBe('needs-approval');
  item.refresh();
  expect(item.state()).toBe('on');
});
