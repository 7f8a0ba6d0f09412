import { describe, expect, it } from 'vitest';
import { applicationMenu } from '../../src/main/menu.ts';

describe('the application’s menu', () => {
  it('has the keys that a person expects in the popover', () => {
    let opened = 0;
    const [app, ...others] = applicationMenu({
      settings: () => {
        opened += 1;
      },
    });
    const items = Array.isArray(app?.submenu) ? app.submenu : [];
    const settings = items.find(({ accelerator }) => accelerator === 'CommandOrControl+,');
    if (settings?.click !== undefined) Reflect.apply(settings.click, undefined, []);
    expect(opened).toBe(1);
    // Electron gives these their keys by themselves.
    expect(items.map(({ role }) => role)).toContain('quit');
    expect(others.map(({ role }) => role)).toEqual(['editMenu', 'windowMenu']);
  });
});
