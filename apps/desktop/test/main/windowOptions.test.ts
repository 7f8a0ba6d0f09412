import { expect, it, vi } from 'vitest';
import { popoverOptions } from '../../src/main/popover.ts';

// Importing Electron in plain Node would download it.
vi.mock('electron', () => ({}));

it('is a panel on macOS: over full-screen apps, without activating the app', () => {
  expect(popoverOptions('/preload.cjs', 'darwin')).toMatchObject({
    type: 'panel',
    vibrancy: 'popover',
    visualEffectState: 'active',
    show: false,
    frame: false,
    resizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    hiddenInMissionControl: true,
  });
  // Together with vibrancy it spoils shadow and corners.
  expect(popoverOptions('/preload.cjs', 'darwin')).not.toHaveProperty('transparent');
});

it('asks for panels on macOS alone', () => {
  expect(popoverOptions('/preload.cjs', 'linux')).not.toHaveProperty('type');
});
