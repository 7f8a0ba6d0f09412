import { alerts, notification } from './strings/alerts.ts';
import { empty, footer, host } from './strings/hosts.ts';
import {
  advice,
  announce,
  card,
  detail,
  fetch,
  jobs,
  resume,
  size,
  state,
  stop,
  units,
} from './strings/jobs.ts';
import { menu, tray } from './strings/menuBar.ts';
import { settings } from './strings/settings.ts';
import { setup } from './strings/setup.ts';

// Every English word that the app shows, for main and renderer.

/** What the empty state teaches: a job of ten minutes that saves its work every half minute. Short lines, to fit. */
export const FIRST_COMMAND = [
  'milepost run --name first --total 600 \\',
  '  --every 30 --ext .txt --merge concat \\',
  "  -- sh -c 'seq {count}; sleep {count}'",
].join('\n');

export const strings = {
  appName: 'Milepost',
  separator: ' · ',
  cancel: 'Cancel',
  screens: { jobs: 'Jobs', back: 'Back', settings: 'Settings', addHost: 'Add a host' },
  tray,
  menu,
  state,
  card,
  resume,
  host,
  empty,
  footer,
  announce,
  advice,
  notification,
  jobs,
  stop,
  detail,
  fetch,
  size,
  alerts,
  settings,
  setup,
  units,
};
