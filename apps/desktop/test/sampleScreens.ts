import { detailScreens } from './screens/detailScreens.ts';
import { jobScreens } from './screens/jobScreens.ts';
import type { SampleScreen } from './screens/sampleScreen.ts';
import { settingsScreens } from './screens/settingsScreens.ts';
import { setupScreens } from './screens/setupScreens.ts';

// Every screen of the popover in each of its states, for tests that look at all of them and for the pictures.

export const sampleScreenGroups: readonly { title: string; screens: readonly SampleScreen[] }[] = [
  { title: 'Jobs', screens: jobScreens },
  { title: 'More of a job', screens: detailScreens },
  { title: 'Adding a host', screens: setupScreens },
  { title: 'Settings', screens: settingsScreens },
];

export const sampleScreens: readonly SampleScreen[] = sampleScreenGroups.flatMap(({ screens }) => screens);
