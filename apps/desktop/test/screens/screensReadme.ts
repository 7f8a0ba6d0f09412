import { sampleScreenGroups } from '../sampleScreens.ts';
import type { SampleScreen } from './sampleScreen.ts';

// docs/screens/README.md: every picture in a table. Pure.

export const SCHEMES = ['light', 'dark'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Each state of the icon, as one picture. */
export const MENU_BAR = 'menu-bar';

export function pictureName(name: string, scheme: Scheme): string {
  return `${name}-${scheme}.png`;
}

const HEAD = `# Every screen

Every state of the popover, light and dark, as \`npm run screens\` takes them: the built page in Chromium, with answers in
main's place, a clock that stands still, and Inter where a Mac has its own font. Window corners are drawn round, as the
system draws them. The states are listed in apps/desktop/test/sampleScreens.ts; axe looks at each of them too.
`;

/** The whole page. */
export function screensReadme(): string {
  const groups = sampleScreenGroups.map(
    ({ title, screens }) => `## ${title}\n\n${table(screens.map(rowOf))}`,
  );
  const menuBar = `## Menu bar\n\n${table([row('Each state of the icon, with its title', MENU_BAR, 420)])}`;
  return `${[HEAD.trimEnd(), menuBar, ...groups].join('\n\n')}\n`;
}

function rowOf({ caption, name, view }: SampleScreen): string {
  // Larger text makes a wider window: the picture shows how much.
  return row(caption, name, view.settings.textPercent > 100 ? 420 : 300);
}

function row(caption: string, name: string, widthPx: number): string {
  const [light, dark] = SCHEMES.map(
    (scheme) => `<img src="${pictureName(name, scheme)}" width="${widthPx}" alt="${caption}, ${scheme}">`,
  );
  return `<tr><td colspan="2">${caption}</td></tr>\n<tr valign="top"><td>${light}</td><td>${dark}</td></tr>`;
}

function table(rows: readonly string[]): string {
  return ['<table>', '<tr><th>Light</th><th>Dark</th></tr>', ...rows, '</table>'].join('\n');
}
