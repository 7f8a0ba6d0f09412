import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strings } from '@milepost/desktop/strings';
import { waitFor } from '@milepost/testing/waitFor';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { APP_ROOT } from '../../apps/desktop/test/driver/build.ts';
import { chromiumPath } from '../../apps/desktop/test/driver/standIn/browser.ts';
import { concatList, cutFilm, type Shot } from './cut.ts';

// `npm run film`: runs the demo, presses its buttons and takes docs/demo-light.gif and docs/demo-dark.gif of it.

const run = promisify(execFile);
const DOCS = join(APP_ROOT, '../../docs');
const VIEWPORT = { width: 1180, height: 420 };
/** The menu bar, the popover and the notifications, without what the page tells beside them. */
const CLIP = { x: 448, y: 0, width: 732, height: 334 };
const SCALE = 2;
const EVERY_MS = 120;
const SCHEMES = ['light', 'dark'] as const;

interface Camera {
  scheme: (typeof SCHEMES)[number];
  page: Page;
  folder: string;
  shots: Shot[];
  last: Buffer | undefined;
}

const font = await readFile(
  createRequire(join(APP_ROOT, 'package.json')).resolve(
    '@fontsource-variable/inter/files/inter-latin-opsz-normal.woff2',
  ),
  'base64',
);
/** Stands for the Mac's own font, as in the pictures of the screens. */
const FONT_RULE = `\n@font-face { font-family: "-apple-system"; font-weight: 100 900; src: url("data:font/woff2;base64,${font}"); }\n`;

/** A pointer in the page, which a picture of a page has not. */
const POINTER = `
  const pointer = document.createElement('div');
  pointer.style.cssText = 'position: fixed; z-index: 9; left: -40px; top: 0; width: 20px; height: 24px; pointer-events: none; transition: none;';
  pointer.innerHTML = '<svg viewBox="0 0 20 24" width="20" height="24"><path d="M3 2v17l4.2-3.9 2.7 6.3 2.9-1.2-2.7-6.2 5.9-.3z" fill="#000" stroke="#fff" stroke-width="1.4"/></svg>';
  document.body.append(pointer);
  window.pointTo = (x, y) => { pointer.style.left = (x - 3) + 'px'; pointer.style.top = (y - 2) + 'px'; };
`;

const temp = await mkdtemp(join(tmpdir(), 'milepost-film-'));
const browser = await chromium.launch({
  executablePath: chromiumPath(),
  chromiumSandbox: process.getuid?.() !== 0,
});
let said = '';
const demo = spawn(process.execPath, ['scripts/demo.mjs', '--page', '--to', temp], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, CI: '' },
});
demo.stdout.setEncoding('utf8').on('data', (text: string) => {
  said += text;
});
try {
  const [address] = await waitFor('the address of the demo', () => /http:\/\/127\S+/.exec(said), {
    limitMs: 10 * 60_000,
  });
  const cameras = await Promise.all(SCHEMES.map((scheme) => openCamera(scheme, address)));
  await shoot(cameras);
  for (const camera of cameras) await develop(camera);
} finally {
  demo.kill('SIGTERM');
  if (demo.exitCode === null) await once(demo, 'exit');
  await browser.close();
  await rm(temp, { recursive: true, force: true });
}

async function openCamera(scheme: Camera['scheme'], address: string): Promise<Camera> {
  const context: BrowserContext = await browser.newContext({
    viewport: VIEWPORT,
    deviceScaleFactor: SCALE,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    bypassCSP: true,
  });
  await context.route('**/*.css', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}${FONT_RULE}` });
  });
  const page = await context.newPage();
  await page.goto(address);
  await page.evaluate(POINTER);
  await page.evaluate(() => document.fonts.ready.then(() => null));
  const folder = join(temp, scheme);
  await mkdir(folder);
  return { scheme, page, folder, shots: [], last: undefined };
}

/** One picture by each camera, kept where it differs from its last one, or is to be held. */
async function take(cameras: readonly Camera[], holdMs = 0): Promise<void> {
  const at = performance.now();
  await Promise.all(
    cameras.map(async (camera) => {
      const picture = await camera.page.screenshot({ clip: CLIP, animations: 'disabled' });
      const before = camera.shots.at(-1);
      if (camera.last?.equals(picture) && before !== undefined) {
        before.holdMs = Math.max(before.holdMs, holdMs);
        return;
      }
      camera.last = picture;
      const file = join(camera.folder, `${String(camera.shots.length).padStart(4, '0')}.png`);
      await writeFile(file, picture);
      camera.shots.push({ file, at, holdMs });
    }),
  );
}

async function shoot(cameras: readonly Camera[]): Promise<void> {
  const [first] = cameras;
  if (first === undefined) throw new Error('no camera');
  const { page } = first;
  const filmUntil = async (isThere: () => Promise<boolean>): Promise<void> => {
    const look = async (): Promise<boolean> => {
      if (await isThere()) return true;
      await take(cameras);
      return false;
    };
    await waitFor('what is to be filmed', look, { limitMs: 5 * 60_000, everyMs: EVERY_MS });
  };
  const popover = page.frameLocator('#popover');
  const resume = page.locator('.note').getByRole('button', { name: strings.notification.resume });
  await popover.getByText(strings.state.running, { exact: true }).waitFor();
  await take(cameras, 1200);
  await filmUntil(() => resume.isVisible());
  await popover.getByText(strings.state.interrupted, { exact: true }).waitFor();
  // The plan stands beside the button a moment later.
  await popover.getByText('Keeps').waitFor();
  await take(cameras, 2600);
  await pressWithPointer(cameras, resume);
  await popover.getByText(strings.state.running, { exact: true }).waitFor();
  await filmUntil(() => popover.getByText(strings.state.complete, { exact: true }).isVisible());
  await page.locator('.note').getByText('is complete').waitFor();
  await take(cameras, 4000);
}

/** The pointer goes to a button of the first camera, and presses it; the others show the same. */
async function pressWithPointer(
  cameras: readonly Camera[],
  button: ReturnType<Page['locator']>,
): Promise<void> {
  const box = await button.boundingBox();
  if (box === null) throw new Error('The button is not to be seen.');
  const goal = { x: box.x + box.width * 0.6, y: box.y + box.height * 0.6 };
  const start = { x: goal.x - 160, y: goal.y + 150 };
  const steps = 12;
  const point = (x: number, y: number): Promise<unknown> =>
    Promise.all(cameras.map(({ page }) => page.evaluate(`window.pointTo(${x}, ${y})`)));
  for (let step = 0; step <= steps; step += 1) {
    const way = (1 - Math.cos((Math.PI * step) / steps)) / 2;
    await point(start.x + (goal.x - start.x) * way, start.y + (goal.y - start.y) * way);
    await take(cameras, step === steps ? 500 : 40);
  }
  await button.click();
  await take(cameras, 400);
  await point(-40, 0);
}

/** The pictures as one GIF, with colours of its own and only what changes in each. */
async function develop({ scheme, shots, folder }: Camera): Promise<void> {
  const list = join(folder, 'list.txt');
  const cuts = cutFilm(shots);
  await writeFile(list, concatList(cuts));
  const gif = join(DOCS, `demo-${scheme}.gif`);
  const colours =
    'split[a][b];[a]palettegen=max_colors=128:stats_mode=full[p];[b][p]paletteuse=dither=none:diff_mode=rectangle';
  await run('ffmpeg', [
    ...['-nostdin', '-y', '-loglevel', 'error', '-f', 'concat', '-safe', '0', '-i', list],
    ...['-vf', colours, '-fps_mode', 'vfr', '-loop', '0', gif],
  ]);
  const seconds = cuts.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  const { size } = await stat(gif);
  console.log(
    `docs/demo-${scheme}.gif: ${cuts.length} pictures, ${seconds.toFixed(1)} s, ${(size / 1e6).toFixed(2)} MB`,
  );
}
