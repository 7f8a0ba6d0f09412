import type { App } from 'electron';
import type { LaunchAtLogin } from '../bridge/settings.ts';

/** Whether the app starts at login. The system keeps that, not the settings file: a person can change it there too. */
export interface LoginItem {
  state(): LaunchAtLogin;
  /** Asks the system anew: somebody may have approved it meanwhile. */
  refresh(): void;
  set(wanted: boolean): void;
}

export function createLoginItem(app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>): LoginItem {
  let state: LaunchAtLogin = read();

  function read(): LaunchAtLogin {
    const { status } = app.getLoginItemSettings();
    switch (status) {
      case 'enabled':
        return 'on';
      case 'requires-approval':
        return 'needs-approval';
      case 'not-registered':
      case 'not-found':
        return 'off';
      default:
        // Other systems tell no status.
        return 'unavailable';
    }
  }

  return {
    state: () => state,
    refresh() {
      state = read();
    },
    set(wanted) {
      app.setLoginItemSettings({ openAtLogin: wanted });
      state = read();
    },
  };
}
