// In place of the module `electron`, as the tests' stand-in, with its window shown in a page of whatever browser opens
// the address: see pageDisplay.ts.

import { startApp } from '../../apps/desktop/test/driver/standIn/start.ts';
import { need, onAct, state } from '../../apps/desktop/test/driver/standIn/state.ts';
import { createPageDisplay } from './pageDisplay.ts';

export * from '../../apps/desktop/test/driver/standIn/surface.ts';

const display = await createPageDisplay({
  pageFolder: need('MILEPOST_DEMO_PAGE'),
  iconFolder: need('MILEPOST_DEMO_ICONS'),
});
state.display = display;
onAct('look', () => ({ address: display.address, viewers: display.viewers() }));
onAct('tell', ({ story }) => display.tell(story));
startApp();
