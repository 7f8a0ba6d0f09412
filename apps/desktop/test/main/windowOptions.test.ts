import { expect, it, vi } from 'vitest';
import { popoverOptions } from '../../src/main/popover.ts';
import { refusePermissions } from '../../src/main/security.ts';

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

it('refuses every permission', () => {
  const answers: boolean[] = [];
  refusePermissions({
    setPermissionRequestHandler(handler) {
      // The handler looks at neither.
      Reflect.apply(handler ?? (() => {}), undefined, [
        null,
        'media',
        (granted: boolean) => answers.push(granted),
      ]);
    },
    setPermissionCheckHandler(handler) {
      answers.push(
        Reflect.apply(handler ?? (() => true), undefined, [null, 'notifications', 'app://milepost', {}]),
      );
    },
    setDevicePermissionHandler(handler) {
      answers.push(Reflect.apply(handler ?? (() => true), undefined, [{}]));
    },
  });
  expect(answers).toEqual([false, false, false]);
});
