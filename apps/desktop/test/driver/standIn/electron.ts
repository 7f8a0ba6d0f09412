// In place of the module `electron`, for tests of the built bundles where Electron's binary is not. It implements what
// the app uses and throws on everything else. As the process's entry it starts the app's main bundle, in Chromium.

import { createChromium } from './page.ts';
import { startApp } from './start.ts';
import { need, state } from './state.ts';

export * from './surface.ts';

state.display = createChromium(need('MILEPOST_STAND_IN_PROFILE'), state.deviceScaleFactor);
startApp();
