import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requests } from '@milepost/desktop/bridge';
import { openingSchema } from '@milepost/desktop/bridge/view';
import { build } from 'esbuild';
import { z } from 'zod';
import { APP_ROOT } from '../../apps/desktop/test/driver/build.ts';
import { iconState } from '../../apps/desktop/test/driver/iconState.ts';
import { startStandIn } from '../../apps/desktop/test/driver/standInProcess.ts';
import type { DemoApp, DemoAppOptions } from './demoApp.ts';

// The app's built bundles with the stand-in for Electron, its window in a page that is served on loopback.

const SERVED = join(import.meta.dirname, '../served');
const lookSchema = z.object({ address: z.string(), viewers: z.number() });

export async function startPageApp({ userDataDir, fetchTo, buildDir }: DemoAppOptions): Promise<DemoApp> {
  const page = join(buildDir, 'page');
  const standIn = await buildServed(buildDir, page);
  const app = startStandIn(standIn, {
    userDataDir,
    env: { MILEPOST_DEMO_PAGE: page, MILEPOST_DEMO_ICONS: join(APP_ROOT, 'out/main') },
  });
  const outcome = await app.started;
  if (outcome !== 'started') throw new Error(`The app ended with ${outcome.code}. It said:\n${app.log()}`);
  const { ask } = app;
  const look = async () => lookSchema.parse(await ask({ kind: 'look' }));
  await ask({ kind: 'answer-dialog', folder: fetchTo });
  const { address } = await look();
  return {
    address,
    isSeen: async () => (await look()).viewers > 0,
    async tray() {
      const { tray } = await app.record();
      return { title: tray?.title ?? '', icon: iconState(tray?.image ?? '') };
    },
    notifications: async () => (await app.record()).notifications,
    async openPopover() {
      if (!(await app.record()).windows.some((window) => window.visible)) await ask({ kind: 'click-tray' });
    },
    async jobs() {
      const opening = await ask({ kind: 'invoke', channel: requests.ready.channel, body: null });
      return openingSchema.parse(opening).view.jobs;
    },
    async pressResume(id) {
      await ask({ kind: 'act-on-notification', id, actionIndex: 0 });
    },
    async fetchResult(jobKey) {
      const body = { jobKey, what: 'result' };
      await ask({ kind: 'invoke', channel: requests.fetchFiles.channel, body });
    },
    fetched: async () => (await app.record()).shownItems.at(-1),
    async tell(story) {
      await ask({ kind: 'tell', story });
    },
    ended: app.exited.then(() => {}),
    log: app.log,
    async quit() {
      // The answer may be lost with the process.
      if (app.isRunning()) await Promise.race([ask({ kind: 'quit' }).catch(() => {}), app.exited]);
      await app.exited;
    },
  };
}

/** Bundles the stand-in and its page; resolves with the path of the module. */
async function buildServed(dir: string, page: string): Promise<string> {
  const module = join(dir, 'electron.mjs');
  await mkdir(page, { recursive: true });
  await Promise.all([
    build({
      entryPoints: [join(SERVED, 'electron.ts')],
      outfile: module,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
    }),
    build({
      entryPoints: [join(SERVED, 'page.ts'), join(SERVED, 'frameWorld.ts')],
      outdir: page,
      bundle: true,
      platform: 'browser',
      format: 'iife',
      logLevel: 'error',
    }),
    ...['page.html', 'page.css'].map((name) => copyFile(join(SERVED, name), join(page, name))),
  ]);
  return module;
}
